/** A service that is away for a while: what was heard stays, and is said to be old. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import { manyQueues } from "./shop.ts";
import { startForTests } from "./started.ts";

const { url, open } = startForTests({ AUTH_STRATEGY: "none" });

test("says since when, keeps the figures, and goes on when the service is back", async () => {
  await new Sukkal({ url: url(), project: "shop" }).queue("orders").create();
  await using window = await open();
  const { page } = window;
  window.announce(/ERR_INTERNET_DISCONNECTED/);
  await window.signIn("shop");
  await page.getByRole("link", { name: "orders" }).waitFor();
  await page.context().setOffline(true);
  await page
    .getByText(/^Not heard from the service since \d\d:\d\d:\d\d\. Figures are of that moment\. Next try in/)
    .waitFor();
  await page.getByRole("link", { name: "orders" }).waitFor();
  await window.checkAccess();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("Not heard from the service").waitFor({ state: "detached" });
});

test("a hidden page asks for nothing, and asks at once when it is shown", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn("shop");
  await page.getByRole("link", { name: "orders" }).waitFor();
  const show = (isHidden: boolean): Promise<void> =>
    page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event("visibilitychange"))`);
  await show(true);
  let asked = 0;
  page.on("request", () => asked++);
  // Longer than the first period.
  await page.waitForTimeout(2500);
  assert.equal(asked, 0);
  const next = page.waitForRequest("**/v2/overview?*");
  await show(false);
  await next;
});

test("a page that waits long for an answer asks for the next one after ten times as long", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn("shop");
  await page.getByRole("link", { name: "orders" }).waitFor();
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  let asked = 0;
  await page.route("**/v2/overview?*", async (route) => {
    asked++;
    await page.clock.runFor(1000);
    await route.fulfill({ json: manyQueues(asked) });
  });
  await page.keyboard.press("r");
  await page.getByRole("link", { name: "queue-0000" }).waitFor();
  await page.clock.runFor(9000);
  assert.equal(asked, 1);
  await page.clock.runFor(1000);
  await page.getByRole("link", { name: "queue-0001" }).waitFor();
});

test("the sign-in says that the service does not answer, and tries again", async () => {
  await using window = await open();
  const { page } = window;
  window.announce(/ERR_FAILED/);
  await page.getByLabel("Project").waitFor();
  await page.route("**/v2/**", (route) => route.abort());
  await page.reload();
  await page.getByText("The service does not answer").waitFor();
  await page.unroute("**/v2/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByLabel("Project").waitFor();
});
