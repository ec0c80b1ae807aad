/** The overview in a browser: what is shown of queues that exist, and of figures that take an hour to come about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import type { ConsoleWindow, Look } from "./console-window.ts";
import { fill } from "./fill.ts";
import { manyQueues, shop } from "./shop.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" }, (address) =>
  fill(new Sukkal({ url: address, project: "shop" })),
);

/** Signed in to the shop, with its bad night. */
async function openShop(look: Look = {}): Promise<ConsoleWindow> {
  const window = await open(look);
  await window.scriptOverview(() => shop(Date.now()));
  await window.signIn("shop");
  await window.page.getByRole("heading", { name: "Three things need you" }).waitFor();
  return window;
}

test("lists the queues and topics of the project by one request, and creates one", async () => {
  await using window = await open();
  const { page } = window;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await window.signIn("shop");
  await page.getByRole("link", { name: "payments-capture" }).waitFor();
  const lists = asked.filter((path) => path.startsWith("/v2/") && path !== "/v2/service");
  assert.deepEqual(new Set(lists), new Set(["/v2/overview"]));
  await page.getByRole("button", { name: "Create queue" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("parcels");
  await page.keyboard.press("Enter");
  await page.getByText("parcels exists.").waitFor();
  await page.getByRole("heading", { level: 1, name: "parcels" }).waitFor();
  await page.getByRole("link", { name: "Sukkal, all queues" }).click();
  await page.getByRole("link", { name: "parcels" }).waitFor();
  assert.notEqual(await new Sukkal({ url: url(), project: "shop" }).queue("parcels").details(), null);
});

test("says what failed, with the rule and the request, and keeps what was typed", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn("shop");
  await page.getByRole("button", { name: "Create queue" }).click();
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("no spaces");
  await page.keyboard.press("Enter");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /^The queue was not created:[\s\S]*request [0-9a-f-]{36}/);
  assert.equal(await name.inputValue(), "no spaces");
  await window.checkAccess();
});

test("a project without queues gets lines to paste, for each tool, and posts from here", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn("empty");
  await page.getByText("The life of one message").waitFor();
  const lines = page.getByRole("group", { name: "Line to paste" });
  assert.match(await lines.first().innerText(), new RegExp(`^curl -s ${url()}/v2/queues/jobs/messages`));
  await window.checkAccess();
  for (const [tool, beginning] of [
    ["Python", "import os, uuid, requests"],
    ["TypeScript", 'import { Sukkal } from "sukkal/client";'],
    ["sukkal", `export SUKKAL_URL=${url()}/ SUKKAL_PROJECT='empty'`],
  ] as const) {
    await page.getByRole("button", { name: tool, exact: true }).click();
    assert.equal((await lines.first().innerText()).split("\n")[0], beginning);
  }
  await window.checkAccess();
  await page.getByRole("button", { name: "Post a message from here" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Queue").fill("parcels");
  await dialog.getByRole("textbox", { name: "Body" }).fill('{"first": true}');
  await window.checkAccess();
  await dialog.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Posted 1 message to parcels.").waitFor();
  await page.getByRole("row", { name: /parcels/ }).waitFor();
});

test("begins with what needs somebody, the worst first", async () => {
  await using window = await openShop();
  const { page } = window;
  const lines = await page
    .getByRole("region", { name: "Needs you, worst first" })
    .getByRole("listitem")
    .allInnerTexts();
  assert.deepEqual(
    lines.map((line) => line.split(/\s/)[0]),
    ["orders-billing-eu", "orders-dead", "orders-cancellations"],
  );
  // Points of the past are five minutes apart.
  assert.match(lines[0] ?? "", /since \d\d:\d\d, 4\d min/);
  assert.equal(await page.locator(".trend.is-marked").count(), 2);
  await page
    .getByText("Of the other 15 queues and topics one is paused, and one has not been heard of for 4 min.")
    .waitFor();
  const figures = await page.locator(".figure .value").allInnerTexts();
  assert.deepEqual(figures, ["≥ 94,138", "≥ 1,509", "306 /s", "230 /s", "1,318"]);
});

test("a webhook that fails is a line before anything is given up, and leads to its subscription", async () => {
  await using window = await open();
  const { page } = window;
  const failing = [
    { id: "5f0c2a8e9d1b4c37", pending: 3, failed: 0, since: new Date(Date.now() - 570_000).toISOString() },
  ];
  await window.scriptOverview(() => {
    const calm = manyQueues(3);
    const attempts = { since: calm.at, exact: true, delivered: 0, failed: 9 };
    const subscriptions = { count: 1, pending: 3, attempts, given_up: 0, failing };
    const [first, ...others] = calm.places;
    return first === undefined ? calm : { ...calm, places: [{ ...first, subscriptions }, ...others] };
  });
  await window.signIn("shop");
  await page.getByRole("heading", { name: "One thing needs you" }).waitFor();
  const line = page.getByRole("region", { name: "Needs you, worst first" }).getByRole("listitem");
  assert.match(
    await line.innerText(),
    /^queue-0000\s+has a subscriber that takes nothing: 3 notifications wait for a retry\.\s+since \d\d:\d\d, 9 min$/,
  );
  await page
    .getByRole("row", { name: /queue-0000/ })
    .getByText("notifications fail")
    .waitFor();
  await page.getByRole("link", { name: "Subscriptions 1" }).waitFor();
  await window.checkAccess();
  assert.equal(await line.getByRole("link").getAttribute("href"), "#/queues/queue-0000/subscriptions/5f0c2a8e9d1b4c37");
});

test("what is not known is never a zero, and what does not apply is a dash", async () => {
  await using window = await openShop();
  const cells = (name: string): Promise<string[]> =>
    window.page.getByRole("row").filter({ hasText: name }).getByRole("cell").filter({ hasText: /./ }).allInnerTexts();
  assert.deepEqual(await cells("inventory-sync"), ["≤ 1,204", "?", "4 h 10 min", "≤ 20", "?", "?", "0"]);
  assert.deepEqual(await cells("price-changes"), ["-", "-", "-", "-", "1.4", "-", "-"]);
  assert.deepEqual(await cells("reviews-moderation"), ["0", "0", "none", "0", "0", "0", "0"]);
});

test("filters by name and kind, and offers to show all when it finds nothing", async () => {
  await using window = await openShop();
  const { page } = window;
  const names = (): Promise<string[]> => page.locator("tbody .row-link").allInnerTexts();
  await page.keyboard.press("/");
  await page.keyboard.type("ORDERS-B");
  assert.deepEqual(await names(), ["orders-billing-eu", "orders-billing-us"]);
  await page.keyboard.type("lng");
  await page.getByText('No queue or topic has "ORDERS-Blng" in its name.').waitFor();
  await window.checkAccess();
  await page.getByRole("button", { name: "Show all 18" }).click();
  await page.getByRole("button", { name: "Topics 2" }).click();
  assert.deepEqual(await names(), ["order-events", "price-changes"]);
});

test("sorts by a figure, the largest first, and back", async () => {
  await using window = await openShop();
  const { page } = window;
  const first = page.locator("tbody .row-link").first();
  await page.getByRole("button", { name: "Claimed" }).click();
  await page.mouse.move(0, 0);
  assert.equal(await first.innerText(), "image-resize");
  assert.equal(await page.locator("[aria-sort]").innerText(), "Claimed");
  await page.getByRole("button", { name: "Claimed" }).click();
  assert.equal(await first.innerText(), "orders-billing-eu");
});

test("of 5,000 queues 100 are shown at a time, the first by any figure", async () => {
  await using window = await open();
  const { page } = window;
  await window.scriptOverview(() => manyQueues(5000));
  await window.signIn("shop");
  const rows = page.locator("tbody .row-link");
  await page.getByRole("button", { name: "Show 100 more of 4,900" }).click();
  await page.getByRole("button", { name: "Show 100 more of 4,800" }).waitFor();
  assert.equal(await rows.count(), 200);
  await page.getByRole("button", { name: "Free", exact: true }).click();
  await page.mouse.move(0, 0);
  await page.getByRole("columnheader", { name: "Free" }).and(page.locator("[aria-sort]")).waitFor();
  assert.deepEqual((await rows.allInnerTexts()).slice(0, 2), ["queue-4999", "queue-4998"]);
  await page.getByRole("searchbox").fill("queue-31");
  await page.getByRole("row", { name: /^queue-3199 / }).waitFor();
  assert.equal(await rows.count(), 100);
  assert.equal(await page.getByRole("button", { name: /^Show/ }).count(), 0);
});

test("rows keep their places while the focus is in the table", async () => {
  await using window = await openShop();
  const { page } = window;
  await page.mouse.move(0, 0);
  await page.keyboard.press("j");
  const calm = shop(Date.now());
  await window.scriptOverview(() => ({
    ...calm,
    places: calm.places.filter(({ name }) => !/^orders-(?:dead|c)/.test(name)),
  }));
  await page.getByRole("heading", { name: "One thing needs you" }).waitFor();
  const names = (): Promise<string[]> => page.locator("tbody .row-link").allInnerTexts();
  assert.equal((await names())[0], "orders-billing-eu");
  await page.keyboard.press("Tab");
  assert.equal((await names())[0], "orders-billing-eu");
});

test("everything can be done by the keyboard", async () => {
  await using window = await openShop();
  const { page } = window;
  const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent");
  await page.keyboard.press("j");
  assert.equal(await focused(), "orders-billing-eu");
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("k");
  assert.equal(await focused(), "orders-dead");
  await page.keyboard.press("End");
  assert.equal(await focused(), "search-index-updates");
  await page.keyboard.press("Home");
  // The table is one stop: the next one is outside.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.closest('tbody')"), null);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "orders-billing-eu" }).waitFor();
  assert.equal(new URL(page.url()).hash, "#/queues/orders-billing-eu");
  await page.keyboard.press("g");
  await page.getByRole("dialog", { name: "Go to" }).waitFor();
  await page.keyboard.type("returns");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "returns-intake" }).waitFor();
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.waitFor();
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "detached" });
});

test("the theme is the system's until somebody chooses one, which stays", async () => {
  await using window = await openShop({ colorScheme: "dark" });
  const { page } = window;
  const ground = (): Promise<string> => page.evaluate("getComputedStyle(document.body).backgroundColor");
  assert.equal(await ground(), "rgb(14, 17, 25)");
  await page.getByRole("button", { name: /^Signed in/ }).click();
  await page.getByRole("menuitemradio", { name: "Light theme" }).click();
  assert.equal(await ground(), "rgb(248, 247, 245)");
  await page.reload();
  assert.equal(await ground(), "rgb(248, 247, 245)");
});
