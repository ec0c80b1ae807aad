/** Signing in with an API key: what is asked, kept, shown and forgotten, and what happens when the key is not accepted any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, type NewApiKey } from "sukkal/client";
import { startForTests } from "./started.ts";

const ADMIN_API_KEY = `sk_admin_${"signinpg".repeat(5)}`;
let key = "";

/** A key of the project `shop`. */
async function createKey(url: string, options: Partial<NewApiKey> = {}): Promise<string> {
  return (
    await new Sukkal({ url, key: ADMIN_API_KEY }).keys.create({ project_id: "shop", roles: ["member"], ...options })
  ).key;
}

const { url, open } = startForTests({ AUTH_STRATEGY: "keys", ADMIN_API_KEY }, async (address) => {
  key = await createKey(address);
  await new Sukkal({ url: address, key }).queue("orders").create();
});

test("asks for what the service accepts, and keeps the key in the tab only", async () => {
  await using window = await open();
  const { page } = window;
  await page.getByLabel("API key").waitFor();
  assert.equal(await page.getByLabel("Keystone token").count(), 0);
  await page.getByText("No key yet?").waitFor();
  await window.signIn(key);
  await page.getByRole("link", { name: "orders" }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  assert.equal(await page.evaluate("JSON.stringify(localStorage)"), "{}");
  assert.match(await page.evaluate<string>("sessionStorage.getItem('sukkal.session')"), new RegExp(key));
  await page.reload();
  await page.getByRole("link", { name: "orders" }).waitFor();
});

test("says that a key is not accepted, and leaves it to be corrected", async () => {
  await using window = await open();
  const { page } = window;
  const field = page.getByLabel("API key");
  await field.fill(`${key}x`);
  await field.press("Enter");
  await page.getByText("The service does not accept this key.").waitFor();
  assert.equal(await field.inputValue(), `${key}x`);
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await window.checkAccess();
  await window.signIn(key);
});

test("signing out forgets the key", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(key);
  await page.getByRole("button", { name: /^Signed in/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.evaluate("sessionStorage.length"), 0);
});

test("a reader gets no buttons that change something, and is told why", async () => {
  await using window = await open();
  await window.signIn(await createKey(url(), { roles: ["reader"] }));
  await window.page.getByText("it has the role reader").waitFor();
  assert.equal(await window.page.getByRole("button", { name: "Create queue" }).count(), 0);
});

test("a reader looks at messages, and can neither post, pause nor delete", async () => {
  await new Sukkal({ url: url(), key }).queue("orders").post("look");
  await using window = await open();
  const { page } = window;
  await window.signIn(await createKey(url(), { roles: ["reader"] }));
  await page.goto(`${url()}/console/#/queues/orders/messages`);
  await page.locator(".row-link").first().click();
  await page
    .getByRole("article")
    .getByText('"look"')
    .or(page.getByText("look", { exact: true }))
    .first()
    .waitFor();
  await page.keyboard.press("p");
  assert.equal(await page.getByRole("dialog").count(), 0);
  for (const name of ["Post message", "Pause or resume", "Delete…"])
    assert.equal(await page.getByRole("button", { name }).count(), 0);
  assert.equal(await page.getByRole("checkbox").count(), 0);
});

test("a key that has ended opens the sign-in over the page, which keeps what was typed", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(await createKey(url(), { expires_at: new Date(Date.now() + 4000).toISOString() }));
  await page.getByRole("searchbox").fill("ord");
  const dialog = page.getByRole("dialog", { name: "Sign in again" });
  await dialog.waitFor();
  await window.checkAccess();
  await page.keyboard.press("Escape");
  await dialog.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("searchbox").inputValue(), "ord");
  await page.getByRole("link", { name: "orders" }).waitFor();
  assert.equal(await page.getByText("Not heard from the service").count(), 0);
});

test("a page with scripts in its credential shows them as text", async () => {
  await using window = await open();
  const { page } = window;
  const field = page.getByLabel("API key");
  await field.fill("<img src=x onerror=alert(1)>");
  await field.press("Enter");
  await page.getByText("The service does not accept this key.").waitFor();
});
