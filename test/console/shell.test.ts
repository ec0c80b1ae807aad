/** The console in a browser. */
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow } from "./console-window.ts";

const scratch = makeScratch("console");
let browser: Browser;
let server: Server;

before(async () => {
  browser = await launchChromium();
  server = await Server.start({ dataDir: join(scratch.path, "data"), environment: { AUTH_STRATEGY: "none" } });
});

after(async () => {
  await browser.close();
  await server.stop();
  scratch.remove();
});

test("opens without an error", async () => {
  await using window = await ConsoleWindow.open(browser, server.url);
  await window.page.getByText("Sukkal").first().waitFor();
});
