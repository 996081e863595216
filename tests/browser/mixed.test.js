// An order with goods of two marketplaces: one row for each in the session bar, one activity.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { control, signIn, startBrowser, startDemo, story } from "./demo.js";

const MIXED = "ORD-000000184";
const OTHER = "ORD-000000185";

let demo;
let browser;
let page;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  page = await browser.context.newPage();
  await signIn(page, demo);
});

after(async () => {
  await browser?.close();
  const end = await demo?.stop();
  assert.equal(end?.code, 0, "the demo stops cleanly");
});

const dialog = () => page.getByRole("dialog");
const bought = () => page.locator("#bought");

/** How many orders each marketplace has. */
async function made() {
  const count = async (market) => (await control(demo, "GET", `/${market}/orders`)).orders.length;
  return [await count("1688"), await count("taobao")];
}

/** Presses *Book* with everything that is ticked. */
async function book(number, items) {
  await page.goto(`${demo.panel}/orders/${number}/purchase`);
  await page.getByRole("button", { name: `Book ${items} items` }).click();
  await dialog().waitFor();
}

story("everything is booked with its marketplace's session, in one activity", async () => {
  const before = await made();
  await page.goto(`${demo.panel}/orders/${MIXED}/purchase`);
  const rows = page.locator("select[name=session]");
  assert.equal(await rows.count(), 2);
  assert.deepEqual(
    await rows.evaluateAll((all) => all.map((one) => one.selectedOptions[0].textContent.trim())),
    ["cn_buyer_01", "tb_dist_01"],
  );
  await book(MIXED, 4);
  // A reload in the middle changes nothing: the window comes back, or the run is over already.
  await page.reload();
  await bought().getByText("4 items in").waitFor();
  await page.goto(`${demo.panel}/orders/${MIXED}/purchase`);
  for (const name of ["1688", "Taobao"]) assert.ok(await bought().getByText(name, { exact: true }).first().isVisible(), name);
  const runs = await (await page.goto(`${demo.panel}/orders/${MIXED}/activities`)).text();
  assert.equal(runs.split("Book 4 items").length - 1, 1, "one activity");
  const now = await made();
  assert.ok(now[0] > before[0] && now[1] > before[1], `${before} → ${now}`);
});

story("a marketplace that is down does not stop the other, and is gone on with when it is back", async () => {
  const before = await made();
  const down = { fault: "error_before", status: 503, api: "/purchase/order/render", next: null };
  await control(demo, "PUT", "/taobao/knobs", { add_faults: [down] });
  await book(OTHER, 4);
  await page.keyboard.press("Escape");
  await bought().getByText("2 items in").waitFor();
  const between = await made();
  assert.ok(between[0] > before[0], "1688 went on");
  assert.equal(between[1], before[1], "nothing was ordered at Taobao");
  await control(demo, "PUT", "/taobao/knobs", { faults: [] });
  await bought().getByText("4 items in").waitFor({ timeout: 120_000 });
  assert.deepEqual(browser.complaints, []);
});
