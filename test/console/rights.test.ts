/** Keys that may do some things: the buttons for the others are disabled, and say why. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import { Sukkal } from "sukkal/client";
import { startForTests } from "./started.ts";

const ADMIN_API_KEY = `sk_admin_${"somerights".repeat(4)}`;
/** Members may neither change nor purge queues. */
const POLICY_RULES = '{"queues:update": ["admin"], "queues:purge": ["admin"]}';

const { url, open } = startForTests({ AUTH_STRATEGY: "keys", ADMIN_API_KEY, POLICY_RULES });

async function memberKey(prefix: string): Promise<string> {
  const operator = new Sukkal({ url: url(), key: ADMIN_API_KEY });
  const { key } = await operator.keys.create({ project_id: "shop", roles: ["member"], queue_prefix: prefix });
  return key;
}

/** Why it cannot be pressed; null: it can. */
async function refusalOf(button: Locator): Promise<string | null> {
  return (await button.getAttribute("aria-disabled")) === "true" ? button.getAttribute("title") : null;
}

test("a key for names with a prefix is told so where it meets another name, and nothing is asked", async () => {
  const key = await memberKey("jobs-");
  await using window = await open();
  const { page } = window;
  await window.signIn(key);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${url()}/console/#/queues/orders`);
  const why = "Your key may use only names that begin with jobs-.";
  await page.getByText(`${why} Another credential shows the queue orders.`).waitFor();
  assert.equal(await refusalOf(page.getByRole("button", { name: "Post message" })), why);
  assert.equal(await refusalOf(page.getByRole("button", { name: "Pause or resume" })), why);
  await page.keyboard.press("p");
  await window.checkAccess();
  await page.goto(`${url()}/console/#/queues/orders/subscriptions/5f0c2a8e9d1b4c37`);
  await page.getByText(`${why} Another credential shows the queue orders.`).waitFor();
  assert.deepEqual(
    asked.filter((path) => path.includes("orders")),
    [],
  );
  await page.getByRole("link", { name: "Sukkal, all queues" }).click();
  await page.getByRole("button", { name: "Create queue" }).first().click();
  const dialog = page.getByRole("dialog");
  const name = dialog.getByLabel("Name");
  assert.equal(await name.inputValue(), "jobs-");
  await name.fill("orders");
  await dialog.getByText(why).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Create queue" }).isDisabled(), true);
  await name.fill("jobs-nightly");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "jobs-nightly" }).waitFor();
  assert.equal(await refusalOf(page.getByRole("button", { name: "Post message" })), null);
});

test("buttons for what the rules of the service refuse are disabled, and the others work", async () => {
  const key = await memberKey("");
  await new Sukkal({ url: url(), key }).queue("orders").post(1);
  await using window = await open();
  const { page } = window;
  await window.signIn(key);
  await page.goto(`${url()}/console/#/queues/orders`);
  const why = "Your credential does not have the right queues:update.";
  await page.getByText(why).waitFor();
  const pause = page.getByRole("button", { name: "Pause or resume" });
  assert.equal(await refusalOf(pause), why);
  await pause.click({ force: true });
  assert.equal(await page.getByRole("menu").count(), 0);
  await window.checkAccess();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  assert.equal(await page.getByLabel("Ttl of a message that states none").isDisabled(), true);
  const purge = page.getByRole("button", { name: "Purge…" });
  assert.equal(await refusalOf(purge), "Your credential does not have the right queues:purge.");
  await purge.click({ force: true });
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await refusalOf(page.getByRole("button", { name: "Delete queue…" })), null);
  await window.checkAccess();
  await page.keyboard.press("p");
  await page.getByRole("textbox", { name: "Body" }).fill("2");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Posted 1 message to orders.").waitFor();
});
