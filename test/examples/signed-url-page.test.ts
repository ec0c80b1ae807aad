/** The page of examples/signed-url-page in a real browser. It posts by a signed URL, from another origin than the service's. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { Example } from "./example.ts";
import { freePort } from "./free-port.ts";
import { launchChromium, Window } from "./window.ts";

const ADMIN_API_KEY = `sk_admin_${"signature".repeat(5)}`;

const scratch = makeScratch("signed-url-page");
let browser: Browser;
let server: Server;
let key: string;
let port: number;

before(async () => {
  port = await freePort();
  browser = await launchChromium();
  const environment = {
    AUTH_STRATEGY: "keys",
    ADMIN_API_KEY,
    SIGNED_URL_SECRET_KEY: "secret-of-the-page".repeat(3),
    CORS_ALLOWED_ORIGINS: `http://127.0.0.1:${port}`,
  };
  server = await Server.start({ dataDir: join(scratch.path, "data"), environment });
  const operator = new Sukkal({ url: server.url, key: ADMIN_API_KEY });
  ({ key } = await operator.keys.create({ project_id: "demo", roles: ["member"] }));
});

after(async () => {
  await browser.close();
  await server.stop();
  scratch.remove();
});

/** The server of the page. */
async function serve(at: number): Promise<Example> {
  const environment = { SUKKAL_URL: server.url, SUKKAL_KEY: key, PORT: String(at) };
  const site = new Example("signed-url-page/server.ts", environment);
  assert.equal(await site.line(), `open http://127.0.0.1:${at}/`);
  return site;
}

async function send({ page }: Window, text: string): Promise<void> {
  await page.getByLabel("Your feedback").fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

interface Permission {
  readonly url: string;
  readonly signed: Awaited<ReturnType<ReturnType<Sukkal["queue"]>["share"]>>;
}

test("posts without a credential, and gets a new signature when the former does not hold any more", async () => {
  await using site = await serve(port);
  await using window = new Window(await browser.newPage());
  const { page } = window;
  let signatures = 0;
  await page.route("**/signature", async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    assert.ok(!text.includes(key));
    // The first one is as good as one that has expired.
    const body = signatures++ === 0 ? text.replace(/"expires":"\d+/, '"expires":"2020') : text;
    await route.fulfill({ response, body });
  });
  await page.goto(`http://127.0.0.1:${port}/`);
  for (const text of ["good", "better"]) {
    await send(window, text);
    await page.waitForFunction("document.querySelector('input').value === ''");
  }
  await page.getByText("Thank you.").waitFor();
  assert.equal(signatures, 2);
  const texts: string[] = [];
  const feedback = new Sukkal({ url: server.url, key }).queue<{ readonly text: string }>("feedback");
  for await (const { body } of feedback.messages()) texts.push(body.text);
  assert.deepEqual(texts, ["good", "better"]);
  await site.stop();
});

test("what the page gets is the right to post to this queue, and no other", async () => {
  await using site = await serve(port);
  const answer = await fetch(`http://127.0.0.1:${port}/signature`);
  const { url, signed } = (await answer.json()) as Permission;
  assert.equal(url, `${server.url}/v2/queues/feedback/messages`);
  const page = new Sukkal({ url: server.url, signed });
  await assert.rejects(async () => await page.queue("feedback").pop(1), { status: 404 });
  await assert.rejects(async () => await page.queue("other").post("elsewhere"), { status: 404 });
  await site.stop();
});

test("says so where its origin may not post, and keeps the text", async () => {
  const other = await freePort();
  await using site = await serve(other);
  await using window = new Window(await browser.newPage());
  await window.page.goto(`http://127.0.0.1:${other}/`);
  await send(window, "unheard");
  await window.page.getByText("It was not sent (TypeError: Failed to fetch). Please try again.").waitFor();
  assert.equal(await window.page.getByLabel("Your feedback").inputValue(), "unheard");
  await window.page.close();
  await site.stop();
});
