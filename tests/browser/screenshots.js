// Takes the pictures of the readme and, for looking at, every page at both widths:
//   AUTOPURCHASE_BIN=… node screenshots.js [folder for every page]

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { signIn, startBrowser, startDemo } from "./demo.js";

const README = new URL("../../docs/images/", import.meta.url).pathname;
const BOOKED = "ORD-000000167";
const every = process.argv[2];

const demo = await startDemo();
const { context, complaints, close } = await startBrowser();
try {
  await mkdir(README, { recursive: true });
  const page = await context.newPage();
  await signIn(page, demo);
  const shot = (path, size = { width: 1440, height: 900 }) => page.setViewportSize(size).then(() => page.screenshot({ path }));

  await page.goto(`${demo.panel}/orders`);
  await shot(join(README, "orders.png"));

  await page.goto(`${demo.panel}/orders/${BOOKED}/purchase`);
  for (const [at, box] of (await page.locator("#ready input[data-pick]").all()).entries()) await box.setChecked(at < 2);
  await page.locator("#ready").getByRole("button", { name: /^Book/ }).click();
  await page.locator("#bought .purchase-line").first().waitFor();
  await page.getByRole("dialog").locator("[data-close]").first().waitFor();
  if (every) {
    await mkdir(every, { recursive: true });
    await shot(join(every, "progress.png"));
  }
  await page.getByRole("dialog").locator("[data-close]").first().click();
  await shot(join(README, "purchase.png"), { width: 1440, height: 1000 });

  await page.goto(`${demo.panel}/sessions`);
  await shot(join(README, "sessions.png"), { width: 1440, height: 520 });
  await page.goto(`${demo.sandbox}/console/1688/orders`);
  await shot(join(README, "console.png"));

  if (every) {
    const pages = {
      orders: "/orders",
      items: `/orders/${BOOKED}/items`,
      "items-cyrillic": "/orders/ORD-000000109/items",
      parcels: "/orders/ORD-000000109/parcels",
      history: "/orders/ORD-000000109/history",
      purchase: `/orders/${BOOKED}/purchase`,
      differences: "/orders/ORD-000000131/purchase",
      unknown: "/orders/ORD-000000141/purchase",
      activities: `/orders/${BOOKED}/activities`,
      "all-activities": "/activities",
      purchases: "/purchases",
      sessions: "/sessions",
      settings: "/settings",
      apps: "/settings/apps",
    };
    for (const [name, path] of Object.entries(pages)) {
      for (const width of [1440, 1024]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(`${demo.panel}${path}`);
        await page.screenshot({ path: join(every, `${name}-${width}.png`), fullPage: true });
      }
    }
  }
  for (const complaint of complaints) console.log(complaint);
} finally {
  await close();
  await demo.stop();
}
