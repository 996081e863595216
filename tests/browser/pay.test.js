// Paying through the interface: what is ticked decides which button may be pressed.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { control, signIn, startBrowser, startDemo, story } from "./demo.js";

const MIXED = "ORD-000000184";

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

story("purchases of Taobao are ticked, the sum is typed, and they are paid", async () => {
  await page.goto(`${demo.panel}/orders/${MIXED}/purchase`);
  await page.getByRole("button", { name: "Book 4 items" }).click();
  await dialog().waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#bought").getByText("4 items in").waitFor();
  const told = page.locator("#bought").getByText("switch on “Pay by API” in the settings").first();
  await told.waitFor();

  await page.goto(`${demo.panel}/settings`);
  await page.getByLabel("Pay purchases at Taobao by API").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();

  await page.goto(`${demo.panel}/purchases`);
  const row = (market) => page.locator("tr[data-row]", { hasText: market }).locator("[data-pick]:not(:disabled)").first();
  const byApi = page.getByRole("button", { name: /by API$/ });
  const byLink = page.getByRole("button", { name: /^Pay( \d+)?$/ });
  const may = async () => [await byApi.isEnabled(), await byLink.isEnabled()];
  assert.deepEqual(await may(), [false, false], "nothing is ticked");
  await row("Taobao").check();
  assert.deepEqual(await may(), [true, false]);
  await page.getByText("Paid by tb_dist_01").waitFor();
  await row("1688").check();
  assert.deepEqual(await may(), [false, false], "two accounts");
  await row("Taobao").uncheck();
  assert.deepEqual(await may(), [false, true]);
  await row("1688").uncheck();
  await row("Taobao").check();
  const number = await row("Taobao").getAttribute("aria-label");

  await byApi.click();
  await dialog().getByText(number).waitFor();
  const hint = await dialog().getByText(/^Type .* to confirm/).textContent();
  await dialog().getByLabel("Sum to pay").fill(hint.match(/Type (\S+) to/)[1]);
  await dialog().getByRole("button", { name: /^Pay 1 purchase/ }).click();
  await dialog().getByText(`${number} is paid`).waitFor();
  const order = await control(demo, "GET", `/taobao/orders/${number}`);
  assert.equal(order.status, "WAIT_SELLER_SEND_GOODS");
  assert.deepEqual(browser.complaints, []);
});
