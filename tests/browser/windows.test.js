// Windows over a page: where the cursor goes, what an error over them does, what follows by itself.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { control, signIn, startBrowser, startDemo, story } from "./demo.js";

const MANY_ITEMS = "ORD-000000167";
const ONE_ITEM = "ORD-000000165";
const RISING = "ORD-000000166";

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

/** Signs in at another machine, so that neither window hides the other. */
async function colleague() {
  const other = await (await browser.person()).newPage();
  await signIn(other, demo);
  return other;
}

story("a closed window gives the cursor back to what opened it", async () => {
  await page.goto(`${demo.panel}/orders/${MANY_ITEMS}/items`);
  await page.locator("#items input[data-pick]").first().check();
  for (const name of ["Change status", "Weight, comment", "Split", "Correct"]) {
    const button = page.locator("#items .btn-list").getByRole("button", { name });
    await button.click();
    await dialog().waitFor();
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    assert.ok(await button.evaluate((it) => it === document.activeElement), name);
  }
});

story("an answer that does not come is said over the window, which keeps what was typed", async () => {
  await page.goto(`${demo.panel}/orders/${MANY_ITEMS}/items`);
  await page.getByText("Record payment").click();
  await page.getByLabel("Amount received").fill("5");
  const send = dialog().getByRole("button", { name: "Record payment" });
  for (const lose of [
    (route) => route.abort(),
    (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }),
  ]) {
    await page.route("**/payment", lose);
    await send.click();
    await dialog().getByRole("alert").getByText("No answer came").waitFor();
    assert.equal(await page.getByLabel("Amount received").inputValue(), "5");
    await page.unroute("**/payment");
    await dialog().getByRole("alert").getByRole("button", { name: "Close" }).click();
  }
  await send.click();
  await dialog().waitFor({ state: "detached" });
  await page.getByText("105 $").first().waitFor();
  // The browser tells of both by itself.
  browser.complaints.length = 0;
});

story("a refusal stands over the window and outlives it", async () => {
  const other = await colleague();
  await page.goto(`${demo.panel}/orders/ORD-000000141/purchase`);
  const release = (where) => where.getByText("It is not there: release").first();
  while ((await page.locator("#open-bookings a", { hasText: "It is not there" }).count()) === 0) {
    await page.getByRole("button", { name: "Look again" }).click();
    await page.waitForTimeout(1000);
  }
  await other.goto(page.url());
  for (const where of [page, other]) await release(where).click();
  const text = await dialog().innerText();
  const tail = text.match(/Type (\w{4})/)[1];
  for (const where of [other, page]) {
    await where.getByLabel("Last four characters").fill(tail);
    await where.getByRole("dialog").getByRole("button", { name: "It is not there: release" }).click();
    if (where === other) await other.locator("#ready tr[id^='ready-']").waitFor();
  }
  await dialog().getByText("Its outcome is already known").waitFor();
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  await page.locator("body > #toasts").getByText("Its outcome is already known").waitFor();
  await other.close();
  browser.complaints.length = 0;
});

story("a run that waits opens no window by itself, and is decided from the page", async () => {
  await page.goto(`${demo.panel}/orders/${RISING}/purchase`);
  const item = await page.locator("#ready .goods-line a").first().innerText();
  const offer = await control(demo, "GET", `/1688/offers/${item}`);
  await control(demo, "POST", `/1688/offers/${item}`, { price_fen: offer.price_fen + 300 });
  await page.locator("#ready").getByRole("button", { name: /^Book/ }).click();
  await dialog().getByRole("button", { name: /^Accept/ }).waitFor();
  await page.reload();
  await page.getByText("waits for your decision").waitFor();
  assert.equal(await dialog().count(), 0);
  await page.getByRole("link", { name: "Decide" }).click();
  await dialog().getByRole("button", { name: /^Accept/ }).click();
  await page.locator("#bought tr[id^='bought-']").first().waitFor();
});

story("the Items tab and the lists follow what another page does, and ticks stay", async () => {
  const activities = await colleague();
  await activities.goto(`${demo.panel}/activities`);
  await page.goto(`${demo.panel}/orders/${ONE_ITEM}/items`);
  await page.locator("#items input[data-pick]").first().check();
  const other = await colleague();
  await other.goto(`${demo.panel}/orders/${ONE_ITEM}/purchase`);
  await other.locator("#ready").getByRole("button", { name: /^Book/ }).click();
  await page.locator("#items").getByText("Booked").first().waitFor();
  assert.ok(await page.locator("#items input[data-pick]").first().isChecked());
  await activities.locator(".activity").first().getByText(ONE_ITEM).waitFor();
  await other.close();
  await activities.close();
});

story("no page complained", () => {
  assert.deepEqual(browser.complaints, []);
});
