/** The page of one queue: its overview, its messages, posting and pausing, against a real service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonText, Sukkal, type Message } from "sukkal/client";
import type { ConsoleWindow, Look } from "./console-window.ts";
import { QUEUE, STOPPED, scriptNight } from "./night.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" });

const sukkal = (): Sukkal => new Sukkal({ url: url(), project: "shop" });

async function listed(name: string): Promise<readonly Message<unknown>[]> {
  const found: Message<unknown>[] = [];
  for await (const message of sukkal().queue(name).messages({ includeClaimed: true })) found.push(message);
  return found;
}

async function pausedOf(name: string): Promise<unknown> {
  const { _paused: paused } = await sukkal().queue(name).metadata();
  return paused;
}

async function openPage(path: string, look: Look = {}): Promise<ConsoleWindow> {
  const window = await open(look);
  // A queue that does not exist.
  window.announce(/status of 404/);
  await window.signIn("shop");
  await window.page.goto(`${url()}/console/#/${path}`);
  await window.page.getByRole("button", { name: "Post message" }).waitFor();
  return window;
}

/** As the browser shows it, which is in UTC. */
function clockOf(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** For each chart the number of pixels in the colour of a line of it, as the style sheet has it. */
function inkOf(tones: readonly string[]): string {
  return `(${JSON.stringify(tones)}).map((tone, index) => {
    const colour = getComputedStyle(document.querySelectorAll(".chart")[index].querySelector(".tone-" + tone)).color;
    const [red, green, blue] = colour.match(/\\d+/g).map(Number);
    const canvas = document.querySelectorAll(".chart canvas")[index];
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let pixels = 0;
    for (let at = 0; at < data.length; at += 4)
      if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] > 200) pixels++;
    return pixels;
  })`;
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 1024, 390]) {
    test(`the overview of a queue that falls behind, ${colorScheme}, ${width} pixels`, async () => {
      await sukkal().queue(QUEUE).create({ _dead_letter_queue: "orders-dead", _max_claim_count: 3 });
      await using window = await open({ colorScheme, width });
      const { page } = window;
      await scriptNight(page);
      await window.signIn("shop");
      await page.goto(`${url()}/console/#/queues/${QUEUE}`);
      const verdict = page.locator(".verdict");
      await verdict.getByText("Four of five consumers").waitFor();
      // The point before it is up to 10 s earlier, and the page was opened a few seconds ago.
      const minutes = [0, 30_000].map((ms) => clockOf(Date.now() - STOPPED - ms)).join("|");
      await verdict.getByText(new RegExp(`^Falls behind since (?:${minutes})\\.$`)).waitFor();
      assert.match(
        await verdict.innerText(),
        /Four of five consumers have stopped asking; the last one deletes 6\.1 a second of 38\.2 that are posted\.\s+At this pace about 1,893 more wait each minute\. From about \d\d:\d\d the oldest reach/,
      );
      const values = await page.locator(".figure .value").allInnerTexts();
      assert.deepEqual(values.slice(0, 1), ["81,780"]);
      assert.deepEqual(values.slice(3), ["148", "0", "32.8 MB"]);
      assert.equal(await page.getByRole("row").filter({ hasText: "silent" }).count(), 4);
      assert.match(await page.getByRole("row").filter({ hasText: "working" }).innerText(), /3381af92…734c/);
      await page.locator(".chart canvas").nth(1).waitFor();
      await page
        .getByRole("figure", { name: /\d\d:\d\d:\d\d four consumers stop asking$/ })
        .first()
        .waitFor();
      window.announce(/Canvas2D/);
      for (const tones of [
        ["free", "out"],
        ["held", "dead"],
      ])
        for (const pixels of await page.evaluate<readonly number[]>(inkOf(tones)))
          assert.ok(pixels > 20, `${pixels} pixels`);
      await window.checkAccess();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
    });
  }
}

test("both charts share their cursor, and their legends have its values", async () => {
  await sukkal().queue(QUEUE).create();
  await using window = await open();
  const { page } = window;
  await scriptNight(page);
  await window.signIn("shop");
  await page.goto(`${url()}/console/#/queues/${QUEUE}`);
  const values = page.locator(".legend dd");
  await values
    .first()
    .filter({ hasText: /^8\d,\d{3}$/ })
    .waitFor();
  const box = await page.locator(".u-over").first().boundingBox();
  assert.ok(box !== null);
  // In the calm before, and in the minutes that nobody has heard of.
  await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
  await values.first().filter({ hasText: /^40$/ }).waitFor();
  await values
    .nth(3)
    .filter({ hasText: /^3\d\.\d|4\d\.\d$/ })
    .waitFor();
  await page.mouse.move(box.x + box.width * 0.14, box.y + 20);
  await values.nth(3).filter({ hasText: /^\?$/ }).waitFor();
});

test("shows the figures of the service itself", async () => {
  const clientId = "7c1e0f52-9b6d-4d2e-8a44-0d3c5a1e9b07";
  const queue = new Sukkal({ url: url(), project: "shop", clientId }).queue("orders");
  await queue.postMany([1, 2, 3], { ttl: 900 });
  await queue.claim({ limit: 2, lease: 600 });
  await using window = await openPage("queues/orders");
  const figures = window.page.locator(".figure .value");
  await figures.nth(3).filter({ hasText: /^2$/ }).waitFor();
  assert.equal(await figures.first().innerText(), "1");
  const consumer = window.page.getByRole("row").filter({ hasText: "7c1e0f52…9b07" });
  await consumer.filter({ hasText: "working" }).waitFor();
  await window.page.locator(".chart canvas").nth(1).waitFor();
});

test("an empty queue stores no message, and its order is that of claims", async () => {
  await sukkal().queue("hollow").create();
  await using window = await openPage("queues/hollow");
  const { page } = window;
  const stored = page.locator(".figure").filter({ hasText: "Stored" });
  await stored.getByText(/^its own tables have [\d.]+ kB$/).waitFor();
  assert.equal((await stored.locator(".value").innerText()).trim(), "none");
  await page.getByRole("link", { name: "Messages 0" }).click();
  await page.getByText("0 messages, in the order in which claims get them.").waitFor();
  await page.getByRole("button", { name: "Signed in with no credential" }).click();
  await page.getByText("This service authenticates nobody").waitFor();
  await window.checkAccess();
});

test("a chart is drawn again in the colours of another theme, and for another range", async () => {
  await sukkal().queue("themes").post(1);
  await using window = await openPage("queues/themes");
  const { page } = window;
  await page.locator(".chart canvas").nth(1).waitFor();
  const picture = (): Promise<string> => page.evaluate("document.querySelector('.chart canvas').toDataURL()");
  const light = await picture();
  await page.getByRole("button", { name: /^Signed in/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark theme" }).click();
  assert.notEqual(await picture(), light);
  const asked = page.waitForRequest((request) => /\/v2\/series\?.*step=300/.test(request.url()));
  await page.getByRole("button", { name: "7 days" }).click();
  await asked;
  await page.getByText("messages, every 5 min").waitFor();
});

test("looks at messages without taking them: states, attempts and bodies", async () => {
  const queue = sukkal().queue("peek");
  await queue.create({ _default_message_delay: 1 });
  const text = '{"invoice":9007199254740993,"note":"<img src=x onerror=alert(1)>","name":"\u05e9\u05dc\u05d5\u05dd"}';
  await queue.post(new JsonText(text), { ttl: 900, delay: 0 });
  await queue.claim({ limit: 1, lease: 600 });
  await queue.post("free", { delay: 0 });
  await queue.post("later", { delay: 300 });
  await using window = await openPage("queues/peek/messages");
  const { page } = window;
  const states = page.locator(".messages tbody tr td:nth-child(3)");
  await states.nth(2).waitFor();
  assert.deepEqual(await states.allInnerTexts(), ["claimed", "free", "delayed"]);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const message = page.getByRole("article");
  await message.getByText(/claim 1/).waitFor();
  const line = message.locator(".source > span").nth(1);
  assert.equal((await line.innerText()).trim(), '"invoice": 9007199254740993,');
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await message.locator("bdi").filter({ hasText: "\u05e9" }).count(), 1);
  await message.getByRole("button", { name: "As posted" }).click();
  assert.equal(await message.locator("pre").innerText(), text);
  await window.checkAccess();
  await page.keyboard.press("Escape");
  await message.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delayed" }).click();
  assert.deepEqual(await states.allInnerTexts(), ["delayed"]);
  const stats = await queue.stats();
  assert.deepEqual([stats.total, stats.claimed], [3, 1]);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 1024, 390]) {
    test(`a message and a post, ${colorScheme}, ${width} pixels`, async () => {
      const queue = sukkal().queue("looks");
      if ((await queue.details()) === null)
        await queue.postMany([{ to: "\u202Egnp.tac" }, "text", [1, [2]]], { ttl: 900 });
      await queue.claim({ limit: 1, lease: 600 });
      await using window = await openPage("queues/looks/messages", { colorScheme, width });
      const { page } = window;
      const check = async (): Promise<void> => {
        await window.checkAccess();
        assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
      };
      await page.locator(".row-link").first().waitFor();
      await check();
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      const message = page.getByRole("article");
      await message.waitFor();
      await check();
      assert.equal(await page.locator(".row-link").first().isVisible(), width > 900);
      await page.keyboard.press("Escape");
      await message.waitFor({ state: "detached" });
      assert.equal(await page.evaluate("document.activeElement.className.includes('row-link')"), true);
      await page.keyboard.press("p");
      await page.getByRole("textbox", { name: "Body" }).waitFor();
      await check();
    });
  }
}

test("a long body is cut until somebody asks for all of it", async () => {
  const text = JSON.stringify("x".repeat(30_000));
  await sukkal().queue("long").post(new JsonText(text));
  await using window = await openPage("queues/long/messages");
  const { page } = window;
  await page.locator(".row-link").first().click();
  const pre = page.getByRole("article").locator("pre");
  assert.equal((await pre.innerText()).trim().length, 10_000);
  await page.getByRole("button", { name: "Show all 30,002" }).click();
  assert.equal((await pre.innerText()).trim().length, 30_000);
  await page.getByRole("button", { name: "As posted" }).click();
  assert.equal(await pre.innerText(), text);
});

test("says no number of messages before it is known", async () => {
  await sukkal().queue("slow").post(1);
  await using window = await openPage("queues/slow");
  const { page } = window;
  const asked = Promise.withResolvers<undefined>();
  await page.route("**/v2/queues/slow/messages?*", async (route) => {
    await asked.promise;
    await route.continue();
  });
  await page.keyboard.press("]");
  await page.getByRole("button", { name: "Later" }).waitFor();
  assert.equal(await page.getByText("0 messages").count(), 0);
  asked.resolve(undefined);
  await page.getByText("1 to 1 of").waitFor();
});

test("pages by marker, and finds in the page", async () => {
  const queue = sukkal().queue("pages");
  await queue.postMany(Array.from({ length: 20 }, (_, number) => ({ number })));
  await queue.postMany([{ number: 20 }, { number: 21 }]);
  await using window = await openPage("queues/pages/messages");
  const { page } = window;
  const rows = page.locator(".messages tbody tr");
  await page.getByText("1 to 20 of 22").waitFor();
  assert.equal(await rows.count(), 20);
  await page.getByRole("button", { name: "Later" }).click();
  await page.getByText("21 to 22 of 22").waitFor();
  assert.equal(await rows.count(), 2);
  await page.getByRole("button", { name: "Earlier" }).click();
  await page.getByText("1 to 20 of 22").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type('"number":7');
  await rows.nth(1).waitFor({ state: "detached" });
  assert.match(await rows.first().innerText(), /"number":7/);
});

test("deletes the selected messages, and those that a consumer works on only if told so", async () => {
  const queue = sukkal().queue("deleted");
  await queue.postMany([0, 1, 2]);
  await queue.claim({ limit: 1, lease: 600 });
  const left = async (): Promise<readonly unknown[]> => (await listed("deleted")).map(({ body }) => body);
  await using window = await openPage("queues/deleted/messages");
  const { page } = window;
  await page.locator(".row-link").nth(2).waitFor();
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await page.getByRole("button", { name: "Delete 2…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 message is claimed.").waitFor();
  await window.checkAccess();
  await dialog.getByRole("button", { name: "Delete 1 message" }).click();
  await page.getByText("Deleted 1 message of deleted.").waitFor();
  assert.deepEqual(await left(), [0, 2]);
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("button", { name: "Delete 2…" }).click();
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Delete 2 messages" }).click();
  await page.getByText("No message is here.").waitFor();
  assert.deepEqual(await left(), []);
});

test("pauses and resumes at once, and says what is paused", async () => {
  const queue = sukkal().queue("paused");
  await queue.create({ _paused: ["notifications"] });
  await using window = await openPage("queues/paused");
  const { page } = window;
  await page.getByText("Notifications are paused.").waitFor();
  await page.getByRole("button", { name: "Pause or resume" }).click();
  await page.getByRole("menuitem", { name: "Pause claims" }).click();
  await page.getByText("Claims are paused.").waitFor();
  assert.deepEqual(await pausedOf("paused"), ["notifications", "claims"]);
  await window.checkAccess();
  await page.getByRole("button", { name: "Resume notifications" }).click();
  await page.getByText("Notifications are paused.").waitFor({ state: "detached" });
  assert.deepEqual(await pausedOf("paused"), ["claims"]);
});

test("tabs have addresses and keys", async () => {
  await sukkal().queue("tabs").post(1);
  await using window = await openPage("queues/tabs");
  const { page } = window;
  await page.getByRole("heading", { name: "Waiting" }).waitFor();
  await page.keyboard.press("]");
  await page.locator(".row-link").waitFor();
  assert.equal(new URL(page.url()).hash, "#/queues/tabs/messages");
  await page.keyboard.press("[");
  await page.getByRole("heading", { name: "Waiting" }).waitFor();
});

test("a topic shows what it keeps", async () => {
  const topic = sukkal().topic("news");
  await topic.post({ price: 1 });
  await using window = await openPage("topics/news");
  const { page } = window;
  await page.getByText("Notifications to send").waitFor();
  await page.keyboard.press("]");
  await page.locator(".row-link").click();
  await page.getByText("A topic keeps it").waitFor();
  await window.checkAccess();
});
