/** The documents in a real browser, as the service serves them. Every violation of their policy fails a test. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { startForTests } from "../console/started.ts";

const { url, openEmpty } = startForTests({ AUTH_STRATEGY: "keys" });

async function goTo(page: Page, name: string): Promise<void> {
  await page.goto(`${url()}/docs/${name}`);
}

function optionsOf(page: Page): Locator {
  return page.locator("#found").getByRole("option");
}

/** What a reader of a screen sees of pages of each kind. */
const PAGES = ["", "observe.html", "configuration.html", "examples-node-worker-worker-ts.html"];

for (const [colorScheme, width] of [
  ["light", 1440],
  ["dark", 1024],
  ["light", 390],
  ["dark", 390],
] as const) {
  test(`axe finds nothing, and nothing is wider than the window: ${colorScheme}, ${width} pixels`, async () => {
    await using window = await openEmpty({ colorScheme, width });
    const { page } = window;
    const check = async (): Promise<void> => {
      await window.checkAccess();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, page.url());
    };
    for (const name of PAGES) {
      await goTo(page, name);
      await check();
    }
    await page.keyboard.press("/");
    await page.keyboard.type("dead letters");
    await optionsOf(page).first().waitFor();
    await check();
  });
}

describe("the search", () => {
  test("is opened by /, moves by arrows, and Enter goes there", async () => {
    await using window = await openEmpty();
    const { page } = window;
    await goTo(page, "");
    await page.keyboard.press("/");
    await page.keyboard.type("keystone");
    const options = optionsOf(page);
    await options.nth(2).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.equal(await options.nth(1).getAttribute("aria-selected"), "true");
    const href = await options.nth(1).getAttribute("data-href");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url()}/docs/${href}`);
  });

  test("leads to a heading of the same page, and closes", async () => {
    await using window = await openEmpty();
    const { page } = window;
    await goTo(page, "observe.html");
    await page.getByRole("button", { name: "Search" }).click();
    await page.keyboard.type("What to alert on");
    await optionsOf(page).filter({ hasText: "What to alert on" }).first().click();
    await page.waitForURL(/observe\.html#what-to-alert-on$/);
    assert.equal(await page.getByRole("dialog").count(), 0);
  });

  test("takes markup and very long text for text", async () => {
    await using window = await openEmpty({ width: 390 });
    const { page } = window;
    await goTo(page, "");
    await page.getByRole("button", { name: "Search" }).click();
    const input = page.getByRole("combobox", { name: "Search" });
    for (const text of [
      "claim <img src=x onerror=alert(1)>",
      "claim ".repeat(1700),
      "<script>alert(1)</script> claim",
    ]) {
      await input.fill(text);
      await optionsOf(page).first().waitFor();
      assert.equal(await page.locator("#found :is(img, script)").count(), 0);
    }
    await input.fill("x".repeat(10_000));
    await page.getByText("Nothing has these words.").waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
  });

  test("says that nothing has the words, and / is a letter while one types", async () => {
    await using window = await openEmpty();
    const { page } = window;
    await goTo(page, "observe.html");
    await page.keyboard.press("/");
    await page.keyboard.type("xyzzyqqq/");
    await page.getByText("Nothing has these words.").waitFor();
    assert.equal(await page.getByRole("combobox", { name: "Search" }).inputValue(), "xyzzyqqq/");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  });
});

test("a block of code is copied, and of a transcript what is typed", async () => {
  await using window = await openEmpty();
  const { page } = window;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = async (language: string): Promise<string> => {
    const block = page.locator(`figure[data-language="${language}"]`).first();
    await block.getByRole("button", { name: "Copy" }).click();
    await block.getByRole("button", { name: "Copied" }).waitFor();
    return await page.evaluate<string>("navigator.clipboard.readText()");
  };
  await goTo(page, "readme.html");
  assert.equal(await copied("sh"), "npm ci && npm start");
  assert.match(await copied("console"), /^(?:curl .*\n){3}curl .*$/);
});

test("the theme is that of the console, and is kept", async () => {
  await using window = await openEmpty({ colorScheme: "light" });
  const { page } = window;
  const ground = async (): Promise<string> => await page.evaluate("getComputedStyle(document.body).backgroundColor");
  await goTo(page, "");
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  assert.notEqual(await ground(), light);
  await goTo(page, "observe.html");
  assert.notEqual(await ground(), light);
  await page.goto(`${url()}/console/`);
  window.announce(/status of 40[01]/);
  assert.equal(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  await goTo(page, "observe.html");
  await page.getByLabel("Theme").selectOption("system");
  assert.equal(await ground(), light);
});

test("addresses of operations from when /docs/ was the page of the API lead there", async () => {
  await using window = await openEmpty();
  const { page } = window;
  // Names of operations have underscores.
  window.announce(/escaping deep link whitespace/);
  await goTo(page, "#/Claims/claim_create");
  await page.waitForURL(/\/docs\/api\.html#\/Claims\/claim_create$/);
  await page.getByText("Takes the oldest messages").waitFor();
});

test("on a phone all pages are behind a button, which Escape undoes", async () => {
  await using window = await openEmpty({ width: 390 });
  const { page } = window;
  await goTo(page, "observe.html");
  const places = page.getByRole("navigation", { name: "Documents" });
  assert.equal(await places.isVisible(), false);
  await page.getByRole("button", { name: "All pages" }).click();
  await window.checkAccess();
  await places.getByText("Reference").click();
  await page.keyboard.press("Escape");
  assert.equal(await places.isVisible(), false);
});

test("a table that is too wide can be reached by keyboard, and one that is not takes no stop", async () => {
  await using window = await openEmpty({ width: 390 });
  const { page } = window;
  await goTo(page, "compatibility.html");
  const scroller = page.getByRole("group", { name: "Table, scrolls sideways" });
  await scroller.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction("document.activeElement.scrollLeft > 0");
  const first = page.getByRole("columnheader", { name: "capability" });
  assert.equal((await first.boundingBox())?.x, 0, "the first column stays");
  await page.setViewportSize({ width: 2000, height: 900 });
  await page.locator(".scroll:not([tabindex])").first().waitFor();
});

test("on a phone the rows of a table with much text are cards, which are a table for whoever hears them", async () => {
  await using window = await openEmpty({ width: 390 });
  const { page } = window;
  for (const name of ["configuration.html", "errors.html", "guides-metadata.html"]) {
    await goTo(page, name);
    assert.equal(await page.locator(".scroll[tabindex]").count(), 0, name);
  }
  await goTo(page, "configuration.html");
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "MAX_CLAIM_WAIT" }) });
  assert.equal(await row.getByRole("cell").count(), 3);
  const title = await row.getByRole("rowheader").boundingBox();
  const value = await row.getByRole("cell").first().boundingBox();
  assert.ok(title !== null && value !== null && value.y >= title.y + title.height);
  assert.equal(await page.getByRole("columnheader", { name: "upstream option" }).count(), 1);
});

test("the search says what it is wherever there is room", async () => {
  await using window = await openEmpty();
  const { page } = window;
  await goTo(page, "");
  for (const width of [700, 1000, 1280, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const word = await page.locator("#to-search span").boundingBox();
    assert.ok(word !== null && word.width > 40, `${width} pixels`);
  }
});

test("an address without a page has one that leads on", async () => {
  await using window = await openEmpty();
  const { page } = window;
  window.announce(/status of 404/);
  await goTo(page, "gone.html");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await window.checkAccess();
  await page.getByRole("link", { name: "All documents" }).click();
  await page.getByRole("heading", { name: "Durable message queues with OpenStack's API" }).waitFor();
});

test("without scripts every page can be read and reached, and no button is shown that would do nothing", async () => {
  for (const width of [1440, 390]) {
    await using window = await openEmpty({ width, hasScripts: false });
    const { page } = window;
    await goTo(page, "readme.html");
    if (width === 390) await page.getByRole("button", { name: "All pages" }).click();
    const places = page.getByRole("navigation", { name: "Documents" });
    await places.getByText("Operate").click();
    await places.getByRole("link", { name: "Observe" }).click();
    await page.getByRole("heading", { name: "Observe", level: 1 }).waitFor();
    assert.equal(await page.getByRole("button", { name: /Search|Copy/ }).count(), 0);
    assert.equal(await page.getByLabel("Theme").isVisible(), false);
    if (width === 390) await page.getByText("On this page").click();
    await page.getByRole("navigation", { name: "On this page" }).getByRole("link", { name: "Metrics" }).click();
    await page.waitForURL(/observe\.html#metrics$/);
  }
});

test("on paper there is the text, and nothing to press", async () => {
  await using window = await openEmpty({ colorScheme: "dark" });
  const { page } = window;
  await goTo(page, "observe.html");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("navigation").count(), 0);
  assert.equal(await page.getByRole("button").count(), 0);
  assert.match(await page.evaluate("getComputedStyle(document.body).colorScheme"), /light/);
});
