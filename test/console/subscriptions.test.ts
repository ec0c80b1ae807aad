/** Subscriptions in a browser, with a receiver that fails and recovers. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none", ALLOW_PRIVATE_SUBSCRIBERS: "true" });

/** What the receiver fails to take waits for longer than the test. */
const LATER = { _retry_policy: { retries_with_no_delay: 0, minimum_delay: 600, maximum_delay: 3600 } };
/** It is not tried again after this answer. */
const REFUSED = 422;
const REASON = "warehouse database is being moved";

let receiver: Server;
let status = 500;
/** The bodies that it has accepted. */
const accepted: string[] = [];

before(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (status === 204) accepted.push(Buffer.concat(chunks).toString());
      response.writeHead(status).end(status === 204 ? undefined : JSON.stringify({ error: REASON }));
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
after(() => {
  receiver.closeAllConnections();
  receiver.close();
});

function hook(): string {
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/orders`;
}

test("finds a webhook that fails, tests it, and sends again what was given up", async () => {
  status = 500;
  const orders = new Sukkal({ url: url(), project: "fails" }).queue("orders");
  await orders.create();
  const id = await orders.subscriptions.create({ subscriber: hook(), ttl: 1_200_000, options: LATER });
  await orders.post({ order: 0 }, { ttl: 3600 });
  const given = async (): Promise<number> => (await orders.subscriptions.deliveries(id)).redeliverable;
  while ((await orders.subscriptions.deliveries(id)).attempts.length === 0) await setTimeout(50);
  status = REFUSED;
  await orders.postMany([{ order: 1 }, { order: 2 }, { order: 3 }], { ttl: 3600 });
  while ((await given()) < 3) await setTimeout(50);
  await using window = await open();
  const { page } = window;
  await window.signIn("fails");
  await page.getByRole("link", { name: "Subscriptions 1" }).click();
  await page.getByRole("heading", { name: "Not everything has arrived" }).waitFor();
  await window.checkAccess();
  await page.getByRole("link", { name: hook() }).click();
  await page.getByText(/^Fails at least since \d\d:\d\d\.$/).waitFor();
  await page.locator(".verdict").getByText(REASON).waitFor();
  await page.getByText(/ends in 13 d 21 h/).waitFor();
  const retries = page.getByRole("region", { name: "Retries" }).getByRole("listitem");
  await retries.getByText("given up").waitFor();
  assert.deepEqual(await retries.allInnerTexts(), ["attempt 1:\nnone\n1", "attempt 2:\n1\n2", "3\ngiven up"]);
  const list = page.getByRole("region", { name: "Notifications" });
  await list.getByText("answered 422").nth(2).waitFor();
  await list
    .getByRole("button", { name: /given up after one attempt/ })
    .first()
    .click();
  assert.match(await list.getByRole("group", { name: "Answer" }).innerText(), new RegExp(REASON));
  assert.equal(await list.getByRole("group", { name: "Body" }).innerText(), '{"order":1}');
  await window.checkAccess();
  await list.getByRole("button", { name: "To send 1" }).click();
  await list.getByText(/^next in \d+ min \d+ s, after one attempt$/).waitFor();
  await list.getByRole("button", { name: "Given up 3" }).click();

  status = 500;
  await page.keyboard.press("t");
  await page.getByText("The test did not arrive:").waitFor();
  status = 204;
  await page.keyboard.press("t");
  await page.getByText("The test arrived:").waitFor();
  // The second row, by keys.
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  assert.equal(await list.getByRole("checkbox").nth(1).isChecked(), true);
  await page.getByText("Those selected, 1").click();
  await page.getByRole("button", { name: "Redeliver 1" }).click();
  await page.getByText("1 notification is sent again.").waitFor();
  await page.getByText("Everything given up, 2").waitFor();
  await page.getByRole("button", { name: "Redeliver 2" }).click();
  await page.getByText("2 notifications are sent again.").waitFor();
  await page.getByRole("button", { name: "Given up 0" }).waitFor();
  await page.locator(".figure").filter({ hasText: "Arrived" }).getByText("3", { exact: true }).waitFor();
  const orderOf = (body: string): unknown => (JSON.parse(body) as { body: { order?: number } }).body.order;
  assert.deepEqual(
    accepted.map(orderOf).filter((order) => order !== undefined),
    [2, 1, 3],
  );
  assert.equal(await given(), 0);
  await window.checkAccess();
});

test("adds a subscription, shows its secret once, and deletes it by its host", async () => {
  status = 204;
  const orders = new Sukkal({ url: url(), project: "adds" }).queue("orders");
  await orders.create();
  await using window = await open({ colorScheme: "dark", width: 390 });
  const { page } = window;
  window.announce(/status of 40[04]/);
  await window.signIn("adds");
  await page.goto(`${url()}/console/#/queues/orders/subscriptions`);
  await page.getByText("Nobody has subscribed.").waitFor();
  await page.getByRole("button", { name: "Add subscription" }).click();
  const dialog = page.getByRole("dialog");
  const subscriber = dialog.getByLabel("Subscriber");
  await subscriber.fill("http://");
  await page.keyboard.press("Enter");
  await dialog.getByText("The subscription was not added:").waitFor();
  assert.equal(await subscriber.inputValue(), "http://");
  await window.checkAccess();
  await subscriber.fill(hook());
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: hook() }).click();

  await page.getByRole("button", { name: "Make a new one…" }).click();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByRole("heading", { name: "Keep this secret now" }).waitFor();
  const secret = (await dialog.locator("pre").innerText()).trim();
  assert.match(secret, /^whsec_/);
  await window.checkAccess();
  await page.getByRole("button", { name: "I have kept it" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await page.content()).includes(secret), false);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);

  await page.getByRole("button", { name: "Change or delete" }).click();
  await page.getByRole("menuitem", { name: "Delete the subscription…" }).click();
  const remove = dialog.getByRole("button", { name: "Delete subscription", exact: true });
  assert.equal(await remove.isDisabled(), true);
  await dialog.getByLabel("Type the name of the host").fill(new URL(hook()).host);
  await window.checkAccess();
  await remove.click();
  await page.getByText("Nobody has subscribed.").waitFor();
  for await (const left of orders.subscriptions.list()) assert.fail(left.id);
});

test("warns of a subscriber that is never called as soon as it is added", async () => {
  await new Sukkal({ url: url(), project: "warns" }).queue("orders").create();
  await using window = await open();
  const { page } = window;
  await window.signIn("warns");
  await page.goto(`${url()}/console/#/queues/orders/subscriptions`);
  await page.getByRole("button", { name: "Add subscription" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Subscriber").fill("http://mail.example:25/hook");
  const end = dialog.getByLabel("Ends after");
  assert.equal(await end.inputValue(), "7 d");
  await end.fill("soon");
  await dialog.getByText("A duration, such as 90 s, 1 h 30 min or 2 days.").waitFor();
  await end.fill("2 days");
  await dialog.getByText(/^It ends at .*, unless it is prolonged before\.$/).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("The subscriber is never called: port 25 is one of another protocol.").waitFor();
  await window.checkAccess();
  await page.getByRole("link", { name: "http://mail.example:25/hook" }).click();
  await page.getByText(/ends in 1 d 23 h/).waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  // No time, because nothing was called.
  await page
    .getByText("The test did not arrive: the receiver is never called: its port is one of another protocol.")
    .waitFor();
});
