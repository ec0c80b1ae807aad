/** Dead letters and redrives in a browser, against what the service has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, type PlaceFigures } from "sukkal/client";
import type { ConsoleWindow, Look } from "./console-window.ts";
import { shop } from "./shop.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" });

/** Makes `count` dead letters of `source` in `target`, by claims that handle nothing. */
async function die(project: string, source: string, target: string, count: number): Promise<void> {
  const sukkal = new Sukkal({ url: url(), project });
  const queue = sukkal.queue(source);
  await sukkal.queue(target).create();
  await queue.ensure({ _dead_letter_queue: target, _max_claim_count: 1 });
  for (let left = count; left > 0; left -= 20) {
    const bodies = Array.from({ length: Math.min(20, left) }, (_, number) => ({ source, number: left - number }));
    await queue.postMany(bodies, { ttl: 3600 });
  }
  for (;;) {
    const claim = await queue.claim({ limit: 20, lease: 60 });
    if (claim === null) break;
    await claim.release();
  }
}

/** Signed in, at the dead letters of `orders-dead`. */
async function openLetters(project: string, look?: Look): Promise<ConsoleWindow> {
  const window = await open(look);
  // A queue without a redrive says so by this status.
  window.announce(/status of 404/);
  await window.signIn(project);
  await window.page.goto(`${url()}/console/#/queues/orders-dead/dead-letters`);
  await window.page.getByRole("heading", { name: "Sources", exact: true }).waitFor();
  return window;
}

test("lists the queues with dead letters, and the letters by their sources", async () => {
  await die("list", "orders", "orders-dead", 5);
  await die("list", "parcels", "orders-dead", 2);
  await new Sukkal({ url: url(), project: "list" }).queue("orders-dead").post("posted straight here");
  await using window = await open();
  window.announce(/status of 404/);
  const { page } = window;
  await window.signIn("list");
  await page.getByRole("link", { name: "Dead letters 8" }).click();
  const row = page.getByRole("row", { name: /orders-dead/ });
  assert.match(await row.innerText(), /8[\s\S]*orders, parcels/);
  await window.checkAccess();
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/redrive")) asked++;
  });
  await row.getByRole("link", { name: "orders-dead" }).click();
  const sources = page.getByRole("region", { name: "Sources", exact: true });
  await sources.getByRole("row", { name: /^orders 5 5 1 / }).waitFor();
  await sources.getByRole("row", { name: /^parcels 2 2 1 / }).waitFor();
  const letters = page.getByRole("region", { name: "Letters", exact: true });
  await letters.getByText("posted here").waitFor();
  const again = page.waitForResponse("**/v2/overview?fresh=true*");
  await page.keyboard.press("r");
  await again;
  assert.equal(asked, 1, "a redrive that does not exist is asked for once");
  await letters.getByRole("button").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 claim", { exact: true }).waitFor();
  assert.match(await dialog.locator(".source").innerText(), /"source": "orders"/);
  await window.checkAccess();
  const queue = new Sukkal({ url: url(), project: "list" }).queue("orders-dead");
  assert.equal((await queue.details())?.stats?.free, 8, "looking takes nothing");
});

test("sends 300 letters back, with the progress that the service has", async () => {
  await die("redrive", "orders", "orders-dead", 300);
  await using window = await openLetters("redrive");
  const { page } = window;
  const dead = new Sukkal({ url: url(), project: "redrive" }).queue("orders-dead");
  await page.getByText("of the oldest 100 letters").waitFor();
  await page.getByRole("button", { name: "Send 300 back, about 6 s" }).click();
  const gauge = page.getByRole("progressbar");
  await gauge.waitFor();
  const started = await dead.redrive();
  assert.equal(started?.messages_per_second, 50);
  assert.equal(await page.getByRole("button", { name: /^Send .* back/ }).isDisabled(), true);
  await page.getByText(/^Redrive: [1-9]\d* of 300 are back at their sources$/).waitFor();
  const shown = Number(await gauge.getAttribute("value"));
  const { moved = 0, remaining = 0 } = (await dead.redrive()) ?? {};
  assert.ok(shown > 0 && shown <= moved, `${shown} is shown, ${moved} have moved`);
  assert.equal(moved + remaining, 300);
  await window.checkAccess();
  await page.getByText("Redrive: done, 300 messages are back at their sources").waitFor();
  const orders = new Sukkal({ url: url(), project: "redrive" }).queue("orders");
  assert.equal((await orders.details())?.stats?.free, 300);
  await page.getByText("No letter is here.").first().waitFor();
  await page.reload();
  await page.getByText("Redrive: done, 300 messages are back at their sources").waitFor();
  await window.checkAccess();
});

test("cancels a redrive to another queue, and keeps what it has done", async () => {
  await die("cancel", "orders", "orders-dead", 60);
  await using window = await openLetters("cancel", { colorScheme: "dark", width: 390 });
  const { page } = window;
  await page.getByText("All to one queue").click();
  await page.getByRole("textbox", { name: "Queue", exact: true }).fill("orders-again");
  await page.getByLabel("At most, a second").fill("0");
  assert.equal(await page.getByRole("button", { name: "Move all" }).isDisabled(), true);
  await page.getByLabel("At most, a second").fill("2");
  await page.getByLabel("How many").fill("50");
  await window.checkAccess();
  await page.getByRole("button", { name: "Move 50, about 25 s" }).click();
  await page.getByText(/^Redrive: [1-9]\d* of 50 are in orders-again$/).waitFor();
  await page.getByRole("button", { name: "Cancel the redrive" }).click();
  await page.getByText(/^Redrive: cancelled, \d+ messages are in orders-again$/).waitFor();
  const state = await new Sukkal({ url: url(), project: "cancel" }).queue("orders-dead").redrive();
  assert.equal(state?.status, "canceled");
  await page.getByText(`Redrive: cancelled, ${state.moved} messages are in orders-again`).waitFor();
  await window.checkAccess();
});

test("keeps what was typed when the service refuses a redrive", async () => {
  await die("refused", "orders", "orders-dead", 1);
  await using window = await openLetters("refused");
  const { page } = window;
  window.announce(/status of 400/);
  await page.getByText("All to one queue").click();
  await page.getByRole("textbox", { name: "Queue", exact: true }).fill("orders-dead");
  await page.getByRole("button", { name: /^Move 1,/ }).click();
  await page.getByRole("alert").getByText("The redrive did not begin:").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Queue", exact: true }).inputValue(), "orders-dead");
});

test("the messages of a queue that gets no dead letters are no letters", async () => {
  await new Sukkal({ url: url(), project: "plain" }).queue("jobs").post("work");
  await using window = await open();
  const { page } = window;
  window.announce(/status of 404/);
  await window.signIn("plain");
  await page.goto(`${url()}/console/#/queues/jobs/dead-letters`);
  await page.getByText("sukkal queue set orders _dead_letter_queue=jobs _max_claim_count=3").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Send/ }).count(), 0);
  await window.checkAccess();
});

test("a place for dead letters is not denied before the first one has created it", async () => {
  await new Sukkal({ url: url(), project: "early" }).queue("orders").ensure({
    _dead_letter_queue: "orders-dead",
    _max_claim_count: 3,
  });
  await using window = await open();
  await window.signIn("early");
  const { page } = window;
  await page.getByText("no dead-letter queue exists").waitFor();
  await page.goto(`${url()}/console/#/dead-letters`);
  await page.getByText("No dead-letter queue exists: the first dead letter creates it.").waitFor();
});

test("shows the progress of a redrive that was started elsewhere, also after another one", async () => {
  await die("elsewhere", "orders", "orders-dead", 80);
  const dead = new Sukkal({ url: url(), project: "elsewhere" }).queue("orders-dead");
  await using window = await openLetters("elsewhere");
  const { page } = window;
  await page.getByRole("button", { name: "Send 80 back, about 1 s" }).waitFor();
  await dead.startRedrive({ max_messages: 1 });
  await page.getByText("Redrive: done, 1 message is back at their sources").waitFor();
  await dead.startRedrive({ messages_per_second: 2 });
  await page.getByText(/^Redrive: [1-9]\d* of 79 are back at their sources$/).waitFor();
  await page.getByRole("progressbar").waitFor();
  await dead.cancelRedrive();
  await page.getByText(/^Redrive: cancelled, /).waitFor();
});

test("figures that nobody has told of a dead-letter queue are asked for", async () => {
  await using window = await open();
  const { page } = window;
  const untold = { total: null, free: null, claimed: null, delayed: null, oldest: null, first_expiry: null };
  await window.scriptOverview(() => {
    const { places, ...rest } = shop(Date.now());
    const untoldOf = (place: PlaceFigures): PlaceFigures =>
      place.name === "orders-dead" ? { ...place, certainty: "unknown", messages: untold, rates: null } : place;
    return { ...rest, places: places.map(untoldOf) };
  });
  await window.signIn("created");
  await page.getByRole("link", { name: "orders-dead" }).first().waitFor();
  const asked = page.waitForRequest("**/v2/overview?fresh=true*");
  await page.goto(`${url()}/console/#/dead-letters`);
  await page.getByRole("row", { name: /orders-dead \?/ }).waitFor();
  await asked;
});
