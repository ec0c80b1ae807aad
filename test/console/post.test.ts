/** Posting in a browser: what is stored is what was typed, and what the service refuses or ignores is said before or beside it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, type Message } from "sukkal/client";
import type { ConsoleWindow } from "./console-window.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" });

const sukkal = (): Sukkal => new Sukkal({ url: url(), project: "shop" });

async function listed(name: string): Promise<readonly Message<unknown>[]> {
  const found: Message<unknown>[] = [];
  for await (const message of sukkal().queue(name).messages({ includeClaimed: true })) found.push(message);
  return found;
}

/** The page of a queue, which need not exist. */
async function openPage(path: string): Promise<ConsoleWindow> {
  const window = await open();
  window.announce(/status of 404/);
  await window.signIn("shop");
  await window.page.goto(`${url()}/console/#/${path}`);
  await window.page.getByRole("button", { name: "Post message" }).waitFor();
  return window;
}

test("posts one message, exactly as it was typed, by the keyboard", async () => {
  await using window = await openPage("queues/exact");
  const { page } = window;
  await page.getByText("There is no queue exact").waitFor();
  await page.keyboard.press("p");
  const text = '{"invoice": 9007199254740993, "total": 1.00}';
  await page.getByRole("textbox", { name: "Body" }).fill(text);
  await page.getByRole("textbox", { name: "Ttl" }).fill("15 min");
  await page.getByRole("textbox", { name: "Body" }).press("Control+Enter");
  await page.getByText("Posted 1 message to exact.").waitFor();
  const [message] = await listed("exact");
  assert.equal(message?.bodyText, text);
  assert.equal(message.ttl, 900);
});

test("posts the elements of an array as messages, and text as text", async () => {
  await using window = await openPage("queues/many");
  const { page } = window;
  await page.getByRole("button", { name: "Post message" }).click();
  const body = page.getByRole("textbox", { name: "Body" });
  await body.fill('[1.0, {"a": [2, 3]}, "x"]');
  await page.getByRole("checkbox", { name: "Each element is a message: 3 messages" }).check();
  await window.checkAccess();
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Posted 3 messages to many.").waitFor();
  await page.keyboard.press("p");
  await page.getByRole("button", { name: "Text", exact: true }).click();
  await body.fill("[no JSON");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Posted 1 message to many.").waitFor();
  const messages = await listed("many");
  assert.deepEqual(
    messages.map(({ bodyText }) => bodyText),
    ["1.0", '{"a": [2, 3]}', '"x"', '"[no JSON"'],
  );
});

test("hears its keys as soon as it is seen", async () => {
  await using window = await open();
  const { page } = window;
  window.announce(/status of 404/);
  await window.signIn("shop");
  // An observer runs before the browser paints.
  await page.evaluate(`new MutationObserver((_, observer) => {
    if (!document.body.innerText.includes("Post message")) return;
    observer.disconnect();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "p", bubbles: true }));
  }).observe(document.body, { childList: true, subtree: true })`);
  await page.goto(`${url()}/console/#/queues/quick`);
  await page.getByRole("textbox", { name: "Body" }).waitFor();
});

test("what the service refuses stays to be corrected", async () => {
  await using window = await openPage("queues/refused");
  const { page } = window;
  window.announce(/status of 400/);
  await page.keyboard.press("p");
  const body = page.getByRole("textbox", { name: "Body" });
  await body.fill('{"a": 1');
  await page.getByRole("button", { name: "Post", exact: true }).click();
  const alert = page.getByRole("dialog").getByRole("alert");
  await alert.filter({ hasText: "Nothing was posted" }).waitFor();
  await body.fill('{"a": 1}');
  await page.getByRole("textbox", { name: "Ttl" }).fill("1");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await alert.filter({ hasText: /request [0-9a-f-]{36}/ }).waitFor();
  assert.equal(await body.inputValue(), '{"a": 1}');
  await window.checkAccess();
});

test("a delay is disabled where it would be ignored, and durations have one form", async () => {
  await sukkal().queue("late").create({ _default_message_delay: 60 });
  await sukkal().queue("prompt").create();
  await using window = await openPage("queues/prompt");
  const { page } = window;
  await page.keyboard.press("p");
  const delay = page.getByRole("textbox", { name: "Delay" });
  await page.getByText("A queue without a default delay ignores it.").waitFor();
  assert.equal(await delay.isDisabled(), true);
  await window.checkAccess();
  await page.keyboard.press("Escape");
  await page.goto(`${url()}/console/#/queues/late`);
  await page.getByRole("heading", { level: 1, name: "late" }).waitFor();
  await page.keyboard.press("p");
  await page.getByText("Empty: 1 min.").waitFor();
  await delay.fill("soon");
  await page.getByRole("textbox", { name: "Body" }).fill("1");
  await page.getByText("A duration, such as 90 s, 1 h 30 min or 2 days.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Post", exact: true }).isDisabled(), true);
  await delay.fill("90");
  await page.getByText("1 min 30 s. Empty: 1 min.").waitFor();
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Posted 1 message to late.").waitFor();
  assert.equal((await sukkal().queue("late").figures()).messages.delayed, 1);
});
