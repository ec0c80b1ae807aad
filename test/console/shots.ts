/**
 * `npm run console:shots [folder]`: pictures of every page, in both themes and three widths, for eyes to judge. The services are
 * real ones: one without authentication, whose overview is that of `shop.ts`, and one with keys.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Sukkal, type ServiceView } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow } from "./console-window.ts";
import { fill } from "./fill.ts";
import { scriptLosses } from "./losses.ts";
import { QUEUE, scriptNight } from "./night.ts";
import { shop } from "./shop.ts";

const WIDTHS = [1440, 1024, 390];

interface Shot {
  readonly name: string;
  /** After the sign-in. */
  readonly take: (page: Page) => Promise<unknown>;
}

/** Of a project without queues. */
const FIRST: readonly Shot[] = [
  { name: "first-message", take: (page) => page.getByText("The life of one message").waitFor() },
  { name: "first-python", take: (page) => page.getByRole("button", { name: "Python" }).click() },
  { name: "first-post", take: (page) => page.getByRole("button", { name: "Post a message from here" }).click() },
];

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
  { name: "danger", take: (page) => page.getByRole("button", { name: "Purge…" }).click() },
  { name: "subscribe", take: showSubscriptionForm },
  { name: "quotas", take: (page) => show(page, "quotas", "Requests a second") },
  { name: "service", take: (page) => show(page, "service", "Extensions") },
];

/** Of an operator, who sees all projects. */
const OPERATORS: readonly Shot[] = [
  {
    name: "projects",
    take: async (page) => {
      await page.getByRole("link", { name: "shop" }).waitFor();
      await page.keyboard.press("r");
      await page.getByText("One project needs you").waitFor();
    },
  },
  { name: "project", take: (page) => show(page, "projects/shop", "What was done") },
  { name: "of-a-project", take: (page) => show(page, "keys", "Keys belong to projects") },
];

/** Of the admin of a project. */
const ADMINS: readonly Shot[] = [
  { name: "key-list", take: (page) => show(page, "keys", "nightly sweep") },
  { name: "create-key", take: (page) => page.getByRole("button", { name: "Create key" }).click() },
];

/** Of a key for some queues. */
const LIMITED: readonly Shot[] = [
  { name: "not-allowed", take: (page) => show(page, "queues/returns-intake", "Another credential shows") },
  { name: "limited", take: showLimited },
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

async function showLimited(page: Page): Promise<void> {
  await show(page, "queues/orders-billing-eu", "does not have the right");
  await page.locator(".chart canvas").nth(1).waitFor();
}

async function showSubscriptionForm(page: Page): Promise<void> {
  await show(page, "queues/orders-billing-eu/subscriptions", "Nobody has subscribed");
  await page.getByRole("button", { name: "Add subscription" }).click();
}

const ADMIN_API_KEY = `sk_admin_${"pictures".repeat(5)}`;
const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) => WIDTHS.map((width) => ({ colorScheme, width })));
type Look = (typeof LOOKS)[number];

async function takeAll(window: ConsoleWindow, { colorScheme, width }: Look, shots: readonly Shot[]): Promise<void> {
  const { page } = window;
  for (const { name, take } of shots) {
    await take(page);
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: FULL.has(name) });
    await page.keyboard.press("Escape");
  }
}

/** The pages of whoever uses queues. */
async function takeShop(url: string, look: Look): Promise<void> {
  await using window = await ConsoleWindow.open(browser, url, look);
  // Not all queues of the scripted overview exist.
  window.announce(/status of 404/);
  await takeAll(window, look, [{ name: "sign-in", take: (page) => page.getByLabel("Project").waitFor() }]);
  await window.signIn("empty");
  await takeAll(window, look, FIRST);
  await window.scriptOverview(() => shop(Date.now()));
  await window.openAs("shop");
  await takeAll(window, look, SHOTS);
}

/** The pages of operators, and of keys with some rights. */
async function takeKeys(url: string, look: Look, { admin, limited }: Keys): Promise<void> {
  await using window = await ConsoleWindow.open(browser, url, look);
  window.announce(/status of 404/);
  await scriptLosses(window.page, "shop");
  await window.signIn(ADMIN_API_KEY);
  await takeAll(window, look, OPERATORS);
  await window.page.route("**/v2/service", async (route) => {
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    const view = (await response.json()) as ServiceView;
    const extensions = view.extensions.filter((name) => name !== "api-keys");
    await route.fulfill({ json: { ...view, extensions } });
  });
  await window.openAs(ADMIN_API_KEY);
  await takeAll(window, look, [
    { name: "project-of-keystone", take: (page) => show(page, "projects/shop", "Token of this project") },
  ]);
  await window.page.unroute("**/v2/service");
  await window.openAs(admin);
  await takeAll(window, look, ADMINS);
  await window.openAs(limited);
  await takeAll(window, look, LIMITED);
}

interface Keys {
  readonly admin: string;
  readonly limited: string;
}

/** Projects as a shop would have them, and keys of one. */
async function fillProjects(url: string): Promise<Keys> {
  const { keys } = new Sukkal({ url, key: ADMIN_API_KEY });
  const make = async (project: string, role: string, description: string, prefix = ""): Promise<string> => {
    const grant = { project_id: project, roles: [role], description, queue_prefix: prefix };
    return (await keys.create(grant)).key;
  };
  for (const project of ["warehouse", "marketing-campaigns-emea"])
    await new Sukkal({ url, key: await make(project, "member", "import") }).queue("jobs").postMany([1, 2, 3]);
  const admin = await make("shop", "admin", "on-call");
  await fill(new Sukkal({ url, key: admin }));
  await make("shop", "reader", "dashboards");
  await make("shop", "member", "nightly sweep", "exports-");
  return { admin, limited: await make("shop", "member", "billing workers", "orders-") };
}

async function start(name: string, environment: Readonly<Record<string, string>>): Promise<Server> {
  return Server.start({ dataDir: join(scratch.path, name), environment });
}

const folder = process.argv[2] ?? "dist/shots";
mkdirSync(folder, { recursive: true });
const scratch = makeScratch("shots");
const browser = await launchChromium();
const plain = await start("plain", { AUTH_STRATEGY: "none" });
// Members may not pause or change queues.
const secured = await start("secured", {
  AUTH_STRATEGY: "keys",
  ADMIN_API_KEY,
  POLICY_RULES: '{"queues:update": ["admin"]}',
});
try {
  await fill(new Sukkal({ url: plain.url, project: "shop" }));
  const keys = await fillProjects(secured.url);
  for (const look of LOOKS) {
    await takeShop(plain.url, look);
    await takeKeys(secured.url, look, keys);
  }
} finally {
  await browser.close();
  await Promise.all([plain.stop(), secured.stop()]);
  scratch.remove();
}
