/** The settings of a queue in a browser: what would change is shown, and what destroys wants the name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import type { ConsoleWindow } from "./console-window.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" });

const client = (): Sukkal => new Sukkal({ url: url(), project: "shop" });

async function openSettings(name: string): Promise<ConsoleWindow> {
  const window = await open();
  await window.signIn("shop");
  await window.page.evaluate(`location.hash = "#/queues/${name}/settings"`);
  await window.page.getByLabel("Ttl of a message that states none").waitFor();
  return window;
}

test("shows what would change, saves that only, and keeps the rest", async () => {
  const queue = client().queue("orders");
  await queue.create({ _default_message_ttl: 7200, owner: "billing" });
  await using window = await openSettings("orders");
  const { page } = window;
  const ttl = page.getByLabel("Ttl of a message that states none");
  assert.equal(await ttl.inputValue(), "2 h");
  await page.getByText("billing").waitFor();
  await ttl.fill("90 min");
  await page.getByLabel("Claims before a message is dead").fill("3");
  await page.getByLabel("Dead letters go to").fill("orders-dead");
  await page.getByText("Ttl of a message that states none: 2 h 90 min").waitFor();
  await window.checkAccess();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("The settings of orders are saved.").waitFor();
  assert.equal(await ttl.inputValue(), "1 h 30 min");
  const {
    _default_message_ttl: seconds,
    _max_claim_count: claims,
    _dead_letter_queue: target,
    owner,
  } = await queue.metadata();
  assert.deepEqual([seconds, claims, target, owner], [5400, 3, "orders-dead", "billing"]);
  await page.getByLabel("Dead letters go to").fill("");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("The settings of orders are saved.").nth(1).waitFor();
  const { _dead_letter_queue: removed } = await queue.metadata();
  assert.equal(removed, null);
});

test("what has no such form cannot be saved, and what the service refuses is said beside it", async () => {
  await client().queue("mails").create();
  await using window = await openSettings("mails");
  const { page } = window;
  const ttl = page.getByLabel("Ttl of a message that states none");
  await ttl.fill("soon");
  await page.getByText("A duration, such as 90 s, 1 h 30 min or 2 days.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save changes" }).isDisabled(), true);
  await ttl.fill("2 h");
  // It is not set, which the service answers with null.
  const deadTtl = page.getByLabel("Dead letters live");
  await deadTtl.fill("2 fortnights");
  await page.getByText("A duration, such as 90 s, 1 h 30 min or 2 days.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save changes" }).isDisabled(), true);
  await deadTtl.fill("");
  window.announce(/status of 400/);
  await ttl.fill("1 s");
  await page.getByRole("button", { name: "Save changes" }).click();
  assert.match(await page.getByRole("alert").innerText(), /^The settings were not saved:.*_default_message_ttl/);
  assert.equal(await ttl.inputValue(), "1 s");
});

test("a purge wants the typed name, and leaves the queue", async () => {
  const queue = client().queue("catalog");
  await queue.postMany([1, 2, 3]);
  await using window = await openSettings("catalog");
  const { page } = window;
  await page.getByRole("button", { name: "Purge…" }).click();
  const purge = page.getByRole("button", { name: "Purge messages" });
  await page.getByLabel("Type the name of the queue").fill("catalo");
  assert.equal(await purge.isDisabled(), true);
  await window.checkAccess();
  await page.keyboard.press("Escape");
  assert.equal((await queue.stats()).total, 3);
  await page.getByRole("button", { name: "Purge…" }).click();
  await page.getByLabel("Type the name of the queue").fill("catalog");
  await purge.click();
  await page.getByText("catalog is purged.").waitFor();
  assert.equal((await queue.stats()).total, 0);
});

test("a deleted queue is gone, and the overview follows", async () => {
  const queue = client().queue("old");
  await queue.create();
  await using window = await openSettings("old");
  const { page } = window;
  await page.getByRole("button", { name: "Delete queue…" }).click();
  await page.getByLabel("Type the name of the queue").fill("old");
  await page.getByRole("button", { name: "Delete queue", exact: true }).click();
  await page.getByText("old is deleted.").waitFor();
  assert.equal(await queue.exists(), false);
  assert.equal(await page.evaluate("location.hash"), "#/");
});

test("denies no subscription that it could not read, and leads to the documents", async () => {
  await client().queue("unread").create();
  await using window = await openSettings("unread");
  const { page } = window;
  window.announce(/status of 403/);
  await page.route("**/queues/unread/subscriptions?*", (route) => route.fulfill({ status: 403, json: {} }));
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("Not known.").waitFor();
  assert.equal(await page.getByText("None. Nobody is notified.").count(), 0);
  await page.getByRole("link", { name: "Documents" }).click();
  await page.getByRole("heading", { level: 1, name: "Durable message queues" }).waitFor();
});
