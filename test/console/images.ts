/** `npm run console:images`: the pictures of README.md, from a running service with the overview of `shop.ts`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow } from "./console-window.ts";
import { fill } from "./fill.ts";
import { shop } from "./shop.ts";

const FOLDER = join(ROOT, "docs/images");
const LOOK = { width: 1200, height: 800 };

const scratch = makeScratch("images");
const server = await Server.start({ dataDir: join(scratch.path, "data"), environment: { AUTH_STRATEGY: "none" } });
const browser = await launchChromium();
try {
  await fill(new Sukkal({ url: server.url, project: "shop" }));
  mkdirSync(FOLDER, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await using window = await ConsoleWindow.open(browser, server.url, { ...LOOK, colorScheme });
    const { page } = window;
    await window.scriptOverview(() => shop(Date.now()));
    await window.signIn("shop");
    await page.getByText("Three things need you").waitFor();
    await page.mouse.move(0, 0);
    // A third of the bytes of a PNG, which is all that Playwright itself writes without loss.
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    writeFileSync(join(FOLDER, `console-${colorScheme}.webp`), Buffer.from(data, "base64"));
  }
} finally {
  await browser.close();
  await server.stop();
  scratch.remove();
}
