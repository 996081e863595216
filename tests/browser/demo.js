// Starts the real program's demo in a folder of its own, and a browser to click through it.

import { test } from "node:test";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A test that fails rather than waits for ever. */
export function story(name, body) {
  test(name, { timeout: 180_000 }, body);
}

/** Starts the demo on free ports; gives its addresses and how to end it. */
export async function startDemo() {
  const data = await mkdtemp(join(tmpdir(), "autopurchase-browser-"));
  const child = spawn(
    process.env.AUTOPURCHASE_BIN,
    ["demo", "--data", join(data, "demo"), "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  let told = "";
  const greeting = new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text) => {
      told += text;
      if (told.includes("Ctrl-C")) resolve(told);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the demo ended with ${code}: ${told}`)));
  });
  const text = await greeting;
  const part = (pattern) => text.match(pattern)[1];
  return {
    panel: part(/Panel\s+(http:\/\/[^\s/]+)/),
    sandbox: part(/Sandbox\s+(http:\/\/[^\s/]+)/),
    login: part(/Sign in\s+(\S+),/),
    password: part(/password (\S+)/),
    /** Tells the demo to stop; gives how it ended. */
    async stop() {
      child.kill("SIGTERM");
      const end = await ended;
      await rm(data, { recursive: true, force: true });
      return end;
    },
  };
}

/** A browser whose pages complain loudly: errors of scripts and refused sources fail the test. */
export async function startBrowser() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });
  const complaints = [];
  /** Another person at another machine: nothing is shared, and no page hides another one. */
  async function person() {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC" });
    context.setDefaultTimeout(30_000);
    context.on("page", (page) => {
      page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(`${page.url()}: ${message.text()}`);
      });
    });
    return context;
  }
  return { context: await person(), person, complaints, close: () => browser.close() };
}

/** Asks the sandbox's machine interface. */
export async function control(demo, method, path, body) {
  const answer = await fetch(`${demo.sandbox}/control${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Signs in. */
export async function signIn(page, demo) {
  await page.goto(`${demo.panel}/`);
  await page.getByLabel("Name").fill(demo.login);
  await page.getByLabel("Password").fill(demo.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/orders");
}
