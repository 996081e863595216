// What the panel does in the browser beyond htmx: windows, ticking rows, counters on buttons,
// keyboard, copying, the running clock. Every page works without it for reading and posting.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);

// --- Windows ---------------------------------------------------------------------------------

// What was pressed to open a window: the cursor goes back there when it closes.
let opener = null;

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  const pressed = request.submitter ?? sourceElement;
  if (!pressed?.closest?.("#window")) opener = pressed;
  pressed?.matches?.(".btn") && busy(pressed);
});

document.addEventListener("htmx:finally:request", () => all(".is-busy").forEach(idle));

// A button whose answer is on its way.
function busy(button) {
  button.classList.add("is-busy");
  button.setAttribute("aria-busy", "true");
}

function idle(button) {
  button.classList.remove("is-busy");
  button.removeAttribute("aria-busy");
}

function openWindow(dialog) {
  if (dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.tabIndex = -1;
  (dialog.querySelector("[autofocus]") ?? dialog).focus();
}

function openWindows() {
  all("#window dialog[data-window]").forEach(openWindow);
}

// A message must stand over the window that stands open, and outlive it.
function placeToasts() {
  const toasts = document.getElementById("toasts");
  (all("dialog:modal").at(-1) ?? document.body).append(toasts);
}

document.addEventListener("htmx:before:swap", () => {
  const toasts = document.querySelector("#window #toasts");
  if (toasts) document.body.append(toasts);
});

document.addEventListener("htmx:after:swap", () => {
  openWindows();
  if (document.getElementById("toasts")?.childElementCount) placeToasts();
  refreshPicks();
});

document.addEventListener("close", (event) => {
  // A closed window is taken away; what it showed goes on and stays under Activities.
  if (!event.target.matches?.("#window dialog")) return;
  const toasts = event.target.querySelector("#toasts");
  if (toasts) document.body.append(toasts);
  // A run's window that was closed does not open by itself again.
  if (event.target.dataset.run) sessionStorage.setItem(`closed-${event.target.dataset.run}`, "yes");
  event.target.remove();
  if (opener?.isConnected && !document.querySelector("dialog:modal")) opener.focus();
}, true);

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (event.target.closest("[data-close]")) dialog?.close();
  // A click beside a window that holds nothing typed closes it.
  else if (event.target === dialog && !dialog.querySelector("input:not([type=hidden]), textarea")) dialog.close();
  event.target.closest("[data-dismiss]")?.closest(".alert")?.remove();
});

// No answer, or one that is not ours, as a proxy gives it: the page stays as it is and says so.
function sayNoAnswer() {
  const toasts = document.getElementById("toasts");
  toasts.querySelector(".no-answer")?.remove();
  toasts.append(document.getElementById("no-answer").content.cloneNode(true));
  placeToasts();
}

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx && !event.detail.ctx.response) sayNoAnswer();
});

document.addEventListener("htmx:before:response", (event) => {
  const { status, headers } = event.detail.ctx.response;
  if (status < 500 || headers.has("hx-retarget")) return;
  event.preventDefault();
  sayNoAnswer();
});

// Browsers that do not know `command` yet.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (dialog) button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
  });
}

// --- One press, one run ----------------------------------------------------------------------

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function renewId(form) {
  const field = form?.querySelector("input[name=request_id]");
  if (field) field.value = freshId();
}

// A post that reached the server is done with its id. One that was lost keeps it, so that pressing
// again is the same run.
document.addEventListener("htmx:after:request", (event) => {
  const { request, response } = event.detail.ctx;
  if (request.method !== "GET" && response?.status < 400) renewId(request.form);
});

// A page brought back by the browser holds ids that were used.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  all("form").forEach((form) => { renewId(form); delete form.dataset.sent; });
  all(".is-busy").forEach(idle);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get") return;
  if (form.dataset.sent) return event.preventDefault();
  if (form.target === "_blank") return setTimeout(() => renewId(form));
  form.dataset.sent = "yes";
  if (event.submitter?.matches(".btn")) busy(event.submitter);
});

// --- Ticking rows ----------------------------------------------------------------------------

const picks = (area) => all("[data-pick]:not(:disabled)", area);
let lastPick = null;

function refreshPicks() {
  for (const area of all("[data-picks]")) {
    const boxes = picks(area);
    const chosen = boxes.filter((box) => box.checked);
    setMaster(area.querySelector("[data-pick-all]"), boxes);
    for (const group of all("[data-pick-group]", area)) {
      setMaster(group.querySelector("[data-pick-these]"), picks(group));
    }
    for (const text of all(".count-text", area)) text.textContent = counted(text.dataset, chosen.length);
    for (const count of all(".pick-count", area)) count.textContent = chosen.length || "";
    const wrong = refreshSum(area, chosen);
    for (const button of all("[data-need]", area)) {
      const enough = button.dataset.need === "one" ? chosen.length === 1 : chosen.length > 0;
      const way = button.dataset.way;
      const fits = !way || chosen.every((box) => box.dataset.ways.split(" ").includes(way));
      button.disabled = !enough || wrong || !fits;
    }
  }
}

function setMaster(master, boxes) {
  if (!master) return;
  const chosen = boxes.filter((box) => box.checked).length;
  master.checked = boxes.length > 0 && chosen === boxes.length;
  master.indeterminate = chosen > 0 && chosen < boxes.length;
  master.disabled = boxes.length === 0;
}

function counted(texts, count) {
  const form = count === 0 ? texts.zero : texts[plural.select(count)] ?? texts.other;
  return form.replace("#", count);
}

// The bar under purchases to pay: sum, account, and what does not fit into one link.
function refreshSum(area, chosen) {
  const bar = area.querySelector(".pay-sum");
  if (!bar) return false;
  bar.dataset.hint ??= bar.textContent;
  const fen = chosen.reduce((sum, box) => sum + Number(box.dataset.fen), 0);
  const yuan = Math.trunc(fen / 100).toLocaleString("en-US") + "." + String(fen % 100).padStart(2, "0");
  const mixed = new Set(chosen.map((box) => box.dataset.group)).size > 1;
  const most = Number(chosen[0]?.dataset.most ?? Infinity);
  const tooMany = chosen.length > most;
  const sum = bar.dataset.text.replace("#n", chosen.length).replace("#sum", `¥ ${yuan}`);
  if (chosen.length === 0) bar.textContent = bar.dataset.hint;
  else if (mixed) bar.textContent = bar.dataset.mixed;
  else if (tooMany) bar.textContent = bar.dataset.most.replace("#most", most);
  else {
    const link = chosen[0].dataset.ways.split(" ").includes("link");
    const account = link ? bar.dataset.account : bar.dataset.pays;
    bar.textContent = `${sum} · ${account.replace("#account", chosen[0].dataset.groupName)}`;
  }
  bar.classList.toggle("is-wrong", mixed || tooMany);
  return mixed || tooMany;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-pick], [data-pick-all], [data-pick-these]")) return;
  const area = box.closest("[data-picks]");
  if (box.matches("[data-pick-all]")) picks(area).forEach((other) => { other.checked = box.checked; });
  else if (box.matches("[data-pick-these]")) picks(box.closest("[data-pick-group]")).forEach((other) => { other.checked = box.checked; });
  else {
    const boxes = picks(area);
    const [from, to] = [boxes.indexOf(lastPick), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
    lastPick = box;
  }
  refreshPicks();
});

// --- Keyboard --------------------------------------------------------------------------------

let at = null;

function move(step) {
  const rows = all("[data-rows] [data-row]").filter((row) => row.offsetParent);
  if (rows.length === 0) return;
  const here = rows.indexOf(at?.isConnected ? at : null);
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
  at?.classList.remove("at");
  at = rows[next];
  at.classList.add("at");
  at.scrollIntoView({ block: "nearest" });
}

const keys = {
  "/": () => document.getElementById("search")?.select(),
  j: () => move(1),
  k: () => move(-1),
  x: () => at?.querySelector("[data-pick]")?.click(),
  b: () => document.querySelector("[data-key=b]:not(:disabled)")?.click(),
  "?": () => document.getElementById("help")?.showModal(),
  Enter: () => at?.querySelector("[data-open]")?.click(),
};

document.addEventListener("keydown", (event) => {
  // Enter on a ticked row would send its form.
  if (event.key === "Enter" && event.target.matches?.("[data-picks] [type=checkbox]")) event.preventDefault();
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing) {
    if (event.key === "Escape" && event.target.id === "search") event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal")) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  const action = keys[event.key];
  if (!action || (event.key === "Enter" && !at)) return;
  event.preventDefault();
  action();
});

// --- Small things ----------------------------------------------------------------------------

// Without HTTPS browsers keep their clipboard to themselves, except for what is selected.
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await copyText(copy.dataset.copy);
    copy.classList.add("copied");
    setTimeout(() => copy.classList.remove("copied"), 1200);
  }
  const print = event.target.closest("[data-print]");
  if (print) {
    const part = document.getElementById(print.dataset.print);
    document.body.classList.add("printing-one");
    part.classList.add("print-this");
    window.print();
    part.classList.remove("print-this");
    document.body.classList.remove("printing-one");
  }
  // Only one menu is open, and a click beside it closes it.
  all("details.filter[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  // Another session: the same page with it, the ticked rows still ticked.
  if (event.target.matches("[data-choose]")) {
    const wanted = new URLSearchParams(new FormData(event.target.form));
    wanted.delete("request_id");
    location.assign(`${event.target.dataset.choose}?${wanted}`);
  }
});

// The clock of a run goes on between two messages of the server.
const clocks = new WeakMap();
setInterval(() => {
  for (const clock of all("[data-tick]")) {
    let known = clocks.get(clock);
    if (known?.said !== clock.dataset.tick) {
      known = { said: clock.dataset.tick, since: performance.now() };
      clocks.set(clock, known);
    }
    const seconds = Number(known.said) + Math.floor((performance.now() - known.since) / 1000);
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (n) => String(n).padStart(2, "0");
    clock.textContent = h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
  }
}, 1000);

for (const dialog of all("#window dialog[data-run]")) {
  if (sessionStorage.getItem(`closed-${dialog.dataset.run}`)) dialog.remove();
}
openWindows();
refreshPicks();
