/** The page of all components in all their states (console/src/states.tsx), under the policy of the console. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { buildConsole } from "../../scripts/console-site.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow, type Look } from "./console-window.ts";

/** No request reaches it: the answers are the files of the build. */
const ADDRESS = "http://127.0.0.1:9";
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
};

let browser: Browser;
let files: ReadonlyMap<string, Buffer>;

before(async () => {
  const built = await buildConsole("states.html");
  files = new Map(built.map(({ fileName, content }) => [fileName, Buffer.from(content)]));
  browser = await launchChromium();
});
after(() => browser.close());

async function open(look: Look): Promise<ConsoleWindow> {
  const window = await ConsoleWindow.make(browser, look);
  await window.page.route(`${ADDRESS}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const contentType = TYPES[name.split(".").at(-1) ?? ""] ?? "";
    const headers = { "Content-Security-Policy": POLICY };
    const body = files.get(name);
    await (body === undefined ? route.abort() : route.fulfill({ body, contentType, headers }));
  });
  await window.page.goto(`${ADDRESS}/states.html`);
  await window.page.getByRole("heading", { name: "States" }).waitFor();
  return window;
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 1024, 390]) {
    test(`every component, ${colorScheme}, ${width} pixels`, async () => {
      await using window = await open({ colorScheme, width });
      const { page } = window;
      // Bones appear after 300 ms.
      await page.locator(".bone").first().waitFor();
      await window.checkAccess();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
      const pictures = process.env["SCREENSHOTS"];
      if (pictures !== undefined)
        await page.screenshot({ path: `${pictures}/states-${width}-${colorScheme}.png`, fullPage: true });
    });
  }
}

test("what destroys asks for the name, says what failed, and keeps everything on Escape", async () => {
  await using window = await open({});
  const { page } = window;
  await page.getByRole("button", { name: "Purge…" }).last().click();
  const dialog = page.getByRole("dialog");
  const purge = dialog.getByRole("button", { name: "Purge 3,438 messages" });
  const name = dialog.getByRole("textbox");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "INPUT");
  await name.fill("catalog-import-stag");
  assert.ok(await purge.isDisabled());
  await page.keyboard.press("Enter");
  await name.fill("catalog-import-staging");
  await window.checkAccess();
  await purge.click();
  await dialog.getByRole("alert").waitFor();
  assert.match(await dialog.getByRole("alert").innerText(), /^Nothing was purged: The service is restarting\./);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test("the legend of a chart has the last values, and those under the cursor", async () => {
  await using window = await open({});
  const { page } = window;
  const free = page.locator(".legend dd").first();
  const last = await free.innerText();
  const plot = page.locator(".u-over");
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  assert.ok(box !== null);
  // The gap, of which nothing is known.
  await page.mouse.move(box.x + box.width * 0.303, box.y + 20);
  await free.filter({ hasText: /^\?$/ }).waitFor();
  await page.mouse.move(0, 0);
  await free.filter({ hasText: last }).waitFor();
});
