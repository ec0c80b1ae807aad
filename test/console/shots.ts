/**
 * `npm run console:shots [folder]`: pictures of every page, in both themes and three widths, for eyes to judge. The service is a
 * real one; the overview is that of `shop.ts`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow } from "./console-window.ts";
import { fill } from "./fill.ts";
import { QUEUE, scriptNight } from "./night.ts";
import { shop } from "./shop.ts";

const WIDTHS = [1440, 1024, 390];

interface Shot {
  readonly name: string;
  /** After the sign-in. */
  readonly take: (page: Page) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  { name: "overview", take: (page) => page.getByText("Three things need you").waitFor() },
  { name: "go-to", take: (page) => page.keyboard.press("g") },
  { name: "keys", take: (page) => page.keyboard.press("?") },
  {
    name: "create",
    take: (page) => page.getByRole("button", { name: "Create queue" }).click(),
  },
  { name: "subscriptions", take: (page) => show(page, "subscriptions", "Not everything has arrived") },
  { name: "subscribers", take: (page) => show(page, "topics/order-events/subscriptions", "receiver.invalid") },
  { name: "subscription", take: showSubscription },
  { name: "dead-letters", take: (page) => show(page, "dead-letters", "orders-dead") },
  { name: "letters", take: (page) => show(page, "queues/orders-dead/dead-letters", "Arrived in all") },
  {
    name: "queue",
    take: async (page) => {
      await scriptNight(page);
      await show(page, `queues/${QUEUE}`, "Four of five consumers");
    },
  },
  { name: "messages", take: (page) => show(page, `queues/${QUEUE}/messages`, "Looking takes nothing") },
  { name: "message", take: (page) => page.locator(".row-link").first().click() },
  { name: "post", take: (page) => page.keyboard.press("p") },
  { name: "settings", take: (page) => show(page, "queues/orders-billing-eu/settings", "Purge or delete") },
  { name: "quotas", take: (page) => show(page, "quotas", "Requests a second") },
  { name: "service", take: (page) => show(page, "service", "Extensions") },
];

/** Opens the page with this address, and waits for a text of it. */
async function show(page: Page, address: string, text: string): Promise<void> {
  await page.evaluate(`location.hash = "#/${address}"`);
  // Phones hide some of it.
  await page.getByText(text).first().waitFor({ state: "attached" });
}

/** The others are as high as the window. */
const FULL: ReadonlySet<string> = new Set(["overview", "first-message", "queue"]);

async function showSubscription(page: Page): Promise<void> {
  await page.getByRole("link", { name: "receiver.invalid" }).click();
  await page.getByRole("heading", { name: /^Last \d/ }).waitFor();
}

const folder = process.argv[2] ?? "dist/shots";
mkdirSync(folder, { recursive: true });
const scratch = makeScratch("shots");
const server = await Server.start({ dataDir: join(scratch.path, "data"), environment: { AUTH_STRATEGY: "none" } });
const browser = await launchChromium();
try {
  await fill(server.url, "shop");
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of WIDTHS) {
      await using window = await ConsoleWindow.open(browser, server.url, { colorScheme, width });
      const { page } = window;
      // Not all queues of the scripted overview exist.
      window.announce(/status of 404/);
      const picture = async (name: string): Promise<void> => {
        const path = join(folder, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: FULL.has(name) });
      };
      await page.getByRole("textbox", { name: "Project" }).waitFor();
      await picture("sign-in");
      await window.signIn("empty");
      await page.getByText("The life of one message").waitFor();
      await picture("first-message");
      await window.scriptOverview(() => shop(Date.now()));
      await window.openAs("shop");
      for (const { name, take } of SHOTS) {
        await take(page);
        await picture(name);
        await page.keyboard.press("Escape");
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
  scratch.remove();
}
