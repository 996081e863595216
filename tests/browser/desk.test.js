// The job of an operator, in a real browser against the real program and its sandbox.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { control, signIn, startBrowser, startDemo, story } from "./demo.js";

// Orders of the demo, by what they are for.
const TWO_ITEMS = "ORD-000000168";
const ONE_SELLER = "ORD-000000165";
const SAMPLE = "ORD-000000053";
const SAMPLE_ITEM = "42602653803";

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
  assert.equal(end?.code, 0, "the demo stops cleanly while pages are open");
});

/** Opens an order's Purchase tab. */
async function purchaseTab(number) {
  await page.goto(`${demo.panel}/orders/${number}/purchase`);
  await page.getByRole("heading", { name: "Ready for purchase" }).waitFor();
}

/** Presses Book and waits until the run is over. */
async function bookEverything() {
  const ready = page.locator("#ready");
  const boxes = ready.locator("input[data-pick]");
  for (const box of await boxes.all()) await box.check();
  await ready.getByRole("button", { name: /^Book/ }).click();
}

/** The marketplace's numbers that stand on the page. */
async function numbers() {
  const buttons = page.locator("#bought .purchase-line > .copy");
  return buttons.evaluateAll((all) => all.map((button) => button.dataset.copy));
}

story("an account is connected on the marketplace's own page", async () => {
  await page.goto(`${demo.panel}/sessions`);
  await page.locator("form[action*='connect'] button").first().click();
  await page.waitForURL(`${demo.sandbox}/**`);
  await page.getByLabel("Account").selectOption("cn_buyer_03");
  await page.getByLabel("Password").fill("demo1688");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.getByRole("button", { name: "Authorise", exact: true }).click();
  await page.waitForURL(`${demo.panel}/**`);
  await page.goto(`${demo.panel}/sessions`);
  await page.getByText("cn_buyer_03").first().waitFor();
});

story("two items are booked, paid and shipped, and arrive on the page without reload", async () => {
  await purchaseTab(TWO_ITEMS);
  await bookEverything();
  await page.locator("#bought .purchase-line").nth(1).waitFor();
  const bought = await numbers();
  assert.equal(bought.length, 2, "two sellers, two orders");
  const open = page.locator("dialog[data-window] [data-close]").first();
  if (await open.isVisible()) await open.click();

  const seller = await (await browser.person()).newPage();
  for (const number of bought) {
    await seller.goto(`${demo.sandbox}/console/1688/orders?q=${number}`);
    await seller.getByRole("button", { name: "Pay", exact: true }).click();
    await seller.getByRole("button", { name: "Ship all" }).click();
  }
  await page.locator("#bought .delivery").nth(1).waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("#ready tr[id^='ready-']").count(), 0);
});

story("an order made by hand is bound", async () => {
  const made = await control(demo, "POST", "/1688/orders", { account: "cn_buyer_01", lines: [{ item_id: SAMPLE_ITEM, quantity: 1 }] });
  await purchaseTab(SAMPLE);
  await page.locator("#ready input[data-pick]").first().check();
  await page.getByRole("button", { name: /Bind to goods provider/ }).click();
  await page.locator("dialog textarea, dialog input[name='numbers']").first().fill(made.number);
  await page.getByRole("button", { name: "Look up" }).click();
  await page.getByRole("dialog").getByText(made.number).first().waitFor({ timeout: 20_000 });
  await page.getByRole("dialog").getByRole("button", { name: /^Bind \d/ }).click();
  await page.locator("#bought").getByText(made.number).waitFor({ timeout: 20_000 });
});

story("what is unbound with a cancel becomes free once the marketplace shows it closed", async () => {
  await purchaseTab(ONE_SELLER);
  await bookEverything();
  await page.locator("#bought tr[id^='bought-']").first().waitFor();
  const [number] = await numbers();
  const open = page.locator("dialog[data-window] [data-close]").first();
  if (await open.isVisible()) await open.click();
  for (const box of await page.locator("#bought input[data-pick]").all()) await box.check();
  await page.locator("#bought").getByRole("button", { name: /^Unbind/ }).click();
  await page.getByLabel(/Also cancel at the marketplace/).check();
  await page.getByRole("dialog").getByRole("button", { name: /^Unbind/ }).click();
  await page.locator("#ready tr[id^='ready-']").first().waitFor({ timeout: 40_000 });
  const order = await control(demo, "GET", `/1688/orders/${number}`);
  assert.equal(order.status, "cancel");
});

story("no page complained", () => {
  assert.deepEqual(browser.complaints, []);
});
