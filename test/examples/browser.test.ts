/**
 * The page of examples/browser in a real browser, without a window. SCREENSHOTS=folder keeps pictures of it, in several widths, light
 * and dark.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { Doorway } from "./doorway.ts";
import { Site } from "./site.ts";
import { launchChromium, Window } from "./window.ts";

const ADMIN_API_KEY = `sk_admin_${"browser".repeat(5)}`;
const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";

const scratch = makeScratch("browser");
const pictures = process.env["SCREENSHOTS"] ?? scratch.path;
let site: Site;
let browser: Browser;
let trusting: Server;
let keyed: Server;

before(async () => {
  site = await Site.serve(join(ROOT, "examples", "browser"));
  browser = await launchChromium();
  trusting = await Server.start({
    dataDir: join(scratch.path, "trusting"),
    environment: { AUTH_STRATEGY: "none", CORS_ALLOWED_ORIGINS: site.origin },
  });
  keyed = await Server.start({
    dataDir: join(scratch.path, "keyed"),
    environment: { AUTH_STRATEGY: "keys", ADMIN_API_KEY },
  });
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
  await Promise.all([trusting.stop(), keyed.stop()]);
  scratch.remove();
});

async function open(query: Readonly<Record<string, string>> = {}, origin = site.origin): Promise<Window> {
  const window = new Window(await browser.newPage());
  await window.page.goto(`${origin}/?${new URLSearchParams(query).toString()}`);
  return window;
}

/** A window of a project that watches a queue, at a service that trusts it. */
async function watch(port: number, queue: string): Promise<Window> {
  const window = await open({ url: `127.0.0.1:${port}`, queue, project: "demo" });
  await window.page.getByRole("button", { name: "Connect" }).click();
  await window.page.getByText(`Watching ${queue}`).waitFor();
  return window;
}

async function postOverHttp(queue: string, body: string): Promise<void> {
  const response = await fetch(`${trusting.url}/v2/queues/${queue}/messages`, {
    method: "POST",
    headers: { "Client-ID": CLIENT_ID, "X-Project-ID": "demo" },
    body: `{"messages":[{"ttl":300,"body":${body}}]}`,
  });
  assert.equal(response.status, 201);
}

async function createKey(expiresAt: string | null): Promise<string> {
  const response = await fetch(`${keyed.url}/v2/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": CLIENT_ID },
    body: JSON.stringify({ project_id: "demo", roles: ["member"], expires_at: expiresAt }),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return ((await response.json()) as { readonly key: string }).key;
}

/** A window that has sent an API key to the service with keys. */
async function connectWithKey(key: string, queue: string): Promise<Window> {
  const window = await open({ url: keyed.url, queue });
  await window.page.getByRole("textbox", { name: "API key" }).fill(key);
  await window.page.getByRole("button", { name: "Connect" }).click();
  return window;
}

test("shows what is posted over HTTP and by the page itself, digit by digit", async () => {
  await using window = await watch(trusting.port, "jobs");
  const { page } = window;
  const messages = page.getByRole("log").getByRole("listitem");
  await postOverHttp("jobs", '{"order":9007199254740993,"price":1.50}');
  await messages.filter({ hasText: "9007199254740993" }).waitFor();
  await messages.filter({ hasText: "1.50" }).waitFor();
  await page.getByLabel("Body").fill("plain <b>text</b>");
  await page.getByText("This is not JSON: posted as a text.").waitFor();
  await page.getByRole("button", { name: "Post" }).click();
  await page.getByText(/^Posted at /).waitFor();
  await messages.filter({ hasText: "plain <b>text</b>" }).waitFor();
  assert.equal(await messages.count(), 2);
  assert.match((await messages.first().textContent()) ?? "", /plain/, "the newest is the first");
});

test("says why a message is not posted", async () => {
  await using window = await watch(trusting.port, "refusing");
  const { page } = window;
  await page.getByLabel("Time to live").fill("99999999");
  await page.getByRole("button", { name: "Post" }).click();
  await page.getByText(/^The message was not posted\. 400: /).waitFor();
});

test("connects again when the service is back, and says what it may have missed", async () => {
  await using doorway = await Doorway.to(trusting.port);
  await using window = await watch(doorway.port, "lost");
  const { page } = window;
  await doorway.shut();
  await page.getByRole("alert").getByText("The connection was lost").waitFor();
  await page.getByRole("alert").getByText("The service does not answer").waitFor();
  await page.getByRole("status").getByText("Trying again in").waitFor();
  await picture(page, "service-down");
  await doorway.open();
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("Watching lost").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  await page.getByRole("log").getByText("Not connected from").waitFor();
  await postOverHttp("lost", '"found"');
  await page.getByRole("log").getByText("found").waitFor();
});

test("connects again by itself", async () => {
  await using doorway = await Doorway.to(trusting.port);
  await using window = await watch(doorway.port, "patient");
  const { page } = window;
  await doorway.shut();
  await page.getByRole("alert").waitFor();
  await doorway.open();
  await page.getByText("Watching patient").waitFor();
});

test("says what to do where its origin may not connect", async () => {
  await using other = await Site.serve(join(ROOT, "examples", "browser"));
  await using window = await open({ url: trusting.url, project: "demo" }, other.origin);
  const { page } = window;
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("alert").getByText(`CORS_ALLOWED_ORIGINS, which must have ${other.origin}`).waitFor();
});

test("with an API key: watches; with a wrong one, or none: says so and stops", async () => {
  await using window = await connectWithKey(await createKey(null), "jobs");
  const { page } = window;
  await page.getByText("Watching jobs").waitFor();
  await using wrong = await connectWithKey(`sk_${"x".repeat(43)}`, "jobs");
  await wrong.page.getByRole("alert").getByText("The service does not accept this API key").waitFor();
  await wrong.page.getByText("Not connected", { exact: true }).waitFor();
  await using none = await open({ url: keyed.url, project: "demo" });
  await none.page.getByRole("button", { name: "Connect" }).click();
  await none.page.getByRole("alert").getByText("403: Not authentified.").waitFor();
});

test("stops when the key expires (4003), and goes on with another", async () => {
  const key = await createKey(new Date(Date.now() + 3000).toISOString());
  await using window = await connectWithKey(key, "jobs");
  const { page } = window;
  await page.getByText("Watching jobs").waitFor();
  await page.getByRole("alert").getByText("The credential has expired").waitFor();
  await picture(page, "expired");
  await page.getByRole("textbox", { name: "API key" }).fill(await createKey(null));
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText("Watching jobs").waitFor();
});

test("can be used by the keyboard alone", async () => {
  await using window = await open({ url: trusting.url, queue: "keys", project: "demo" });
  const { page } = window;
  await page.getByLabel("Queue").press("Enter");
  await page.getByText("Watching keys").waitFor();
  await page.getByLabel("Body").fill('"by hand"');
  await page.getByLabel("Body").press("Control+Enter");
  await page.getByRole("log").getByText("by hand").waitFor();
});

test("fits every width, light and dark", async () => {
  await using window = await open({ url: trusting.url, queue: "pictures", project: "demo" });
  const { page } = window;
  await takePictures(page, "start");
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText("Watching pictures").waitFor();
  await postOverHttp("pictures", `"${"word ".repeat(60)}${"x".repeat(300)}"`);
  await postOverHttp("pictures", '{"order":9007199254740993,"lines":[{"sku":"KAF-250","quantity":2}],"paid":true}');
  await page.getByRole("button", { name: "Post" }).click();
  await page.getByRole("log").getByText("cat.png").waitFor();
  await takePictures(page, "watching");
});

test("shows a problem although the button is a screen below, and cuts off a long name", async () => {
  await using window = await open({ url: trusting.url, queue: "n".repeat(65), project: "demo" });
  const { page } = window;
  await page.setViewportSize({ width: 320, height: 480 });
  await page.getByRole("button", { name: "Connect" }).click();
  const top = (await page.getByRole("alert").boundingBox())?.y ?? Number.NaN;
  assert.ok(top >= 0 && top < 480, `the problem begins at ${top}`);
  await page.getByLabel("Queue").fill("n".repeat(64));
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText("Watching n").waitFor();
  assert.equal(await page.evaluate("document.querySelector('header').offsetHeight"), 52);
});

async function takePictures(page: Page, name: string): Promise<void> {
  for (const width of [320, 768, 1280]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: width < 800 ? 900 : 760 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const isWithin = await page.evaluate("document.documentElement.scrollWidth <= innerWidth");
      assert.equal(isWithin, true, `${name} at ${width} pixels`);
      await picture(page, `${name}-${width}-${colorScheme}`);
    }
  }
}

async function picture(page: Page, name: string): Promise<void> {
  const bytes = await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  assert.ok(bytes.length > 5000, `${name} is an empty picture`);
}
