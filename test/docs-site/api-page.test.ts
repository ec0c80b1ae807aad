/**
 * The page of the API, `/docs/api.html`, in a real browser: it shows the API, loads nothing that its policy forbids, and makes requests with an API key.
 * SCREENSHOTS=folder keeps pictures of it, light and dark, for a desk and for a phone.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { launchChromium, Window } from "../examples/window.ts";

const ADMIN_API_KEY = `sk_admin_${"docspage".repeat(5)}`;
const scratch = makeScratch("docs-page");
const pictures = process.env["SCREENSHOTS"] ?? scratch.path;
let browser: Browser;
let server: Server;

before(async () => {
  browser = await launchChromium();
  server = await Server.start({
    dataDir: join(scratch.path, "data"),
    environment: { AUTH_STRATEGY: "keys", ADMIN_API_KEY },
  });
});

after(async () => {
  await browser.close();
  await server.stop();
  scratch.remove();
});

interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  /** Put at the end of the head of the page, which comes with the service's own headers. */
  readonly added?: string;
}

async function open({ colorScheme = "light", width = 1280, added }: Look = {}): Promise<Window> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const window = new Window(page);
  if (added !== undefined) {
    await page.route("**/docs/api.html", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace("</head>", `${added}</head>`) });
    });
  }
  await page.goto(`${server.url}/docs/api.html`);
  await page.getByText("Claim messages", { exact: true }).waitFor();
  return window;
}

test("shows every tag and loads nothing that its policy forbids, for each look", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) {
      const window = await open({ colorScheme, width });
      const { page } = window;
      await page.screenshot({ path: join(pictures, `docs-${colorScheme}-${width}.png`) });
      await operation(page, "Claim messages").locator(".opblock-summary-control").click();
      await page.getByText("Takes the oldest messages").waitFor();
      await page.screenshot({ path: join(pictures, `docs-${colorScheme}-${width}-claim.png`), fullPage: true });
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      assert.equal(overflow, 0, `${width} pixels are too few`);
      await window[Symbol.asyncDispose]();
    }
  }
});

for (const [what, added, report] of [
  ["a script in the page", "<script>document.title = 'it ran'</script>", /Content Security Policy.*script-src/s],
  ["a style in the page", "<style>main { color: red }</style>", /Content Security Policy.*style-src/s],
  ["a script of another host", "<script src='http://elsewhere.invalid/a.js'></script>", /elsewhere\.invalid/],
] as const) {
  test(`${what} would be refused, and reported`, async () => {
    const window = await open({ added });
    assert.equal(await window.page.title(), "HTTP API · Sukkal");
    await assert.rejects(() => window[Symbol.asyncDispose](), report);
  });
}

test("posts and lists with an API key", async () => {
  await using window = await open();
  const { page } = window;
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.getByRole("textbox", { name: "Value:" }).fill(await createKey());
  await page.getByRole("button", { name: "Apply credentials" }).first().click();
  await page.getByRole("button", { name: "Close" }).first().click();

  const posted = await execute(operation(page, "Post messages"));
  assert.match(posted, /"resources": \[/);
  const listed = await execute(operation(page, "List messages"));
  assert.match(listed, /"order": 7/);
  assert.match(listed, /any JSON value/);
});

/** The block of an operation of queues. */
function operation(page: Page, summary: string): Locator {
  const name = page.locator(".opblock-summary-description").filter({ hasText: new RegExp(`^${summary}$`) });
  return page.locator(".opblock").filter({ has: name }).first();
}

/** Makes the request as it is filled in, and returns the body of the answer. */
async function execute(block: Locator): Promise<string> {
  await block.locator(".opblock-summary-control").click();
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table .response-col_description .highlight-code").first();
  return await answer.innerText();
}

async function createKey(): Promise<string> {
  const response = await fetch(`${server.url}/v2/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c" },
    body: JSON.stringify({ project_id: "demo", roles: ["member"] }),
  });
  return ((await response.json()) as { readonly key: string }).key;
}
