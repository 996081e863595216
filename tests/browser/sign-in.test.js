// What a person sees first: signing in, the list of orders, an order found by its number.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { signIn, startBrowser, startDemo, story } from "./demo.js";

let demo;
let browser;
let page;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  page = await browser.context.newPage();
});

after(async () => {
  await browser?.close();
  const end = await demo?.stop();
  assert.equal(end?.code, 0, "the demo stops cleanly");
});

story("a wrong password lets nobody in, the right one does", async () => {
  await page.goto(`${demo.panel}/`);
  await page.getByLabel("Name").fill(demo.login);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  // The browser tells of the refusal's status by itself.
  browser.complaints.length = 0;
  await signIn(page, demo);
});

story("an exact number opens its order", async () => {
  await page.getByRole("searchbox").first().fill("ORD-000000053");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/orders/ORD-000000053**");
  await page.getByText("齐家居家日用百货旗舰店").first().waitFor();
});

story("no page complained", () => {
  assert.deepEqual(browser.complaints, []);
});
