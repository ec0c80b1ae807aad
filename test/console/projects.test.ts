/** All projects in a browser, as an operator sees them, who looks into one and comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import { scriptLosses } from "./losses.ts";
import { startForTests } from "./started.ts";

const ADMIN_API_KEY = `sk_admin_${"operator".repeat(5)}`;

const { url, open } = startForTests({ AUTH_STRATEGY: "keys", ADMIN_API_KEY }, async (address) => {
  for (const [project, messages] of [
    ["shop", 3],
    ["warehouse", 9],
  ] as const) {
    const { key } = await new Sukkal({ url: address, key: ADMIN_API_KEY }).keys.create({ project_id: project });
    const queue = new Sukkal({ url: address, key }).queue(`${project}-orders`);
    await queue.postMany(Array.from({ length: messages }, (_, number) => ({ number })));
  }
});

test("shows all projects, the fullest first, and one with its quotas", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(ADMIN_API_KEY);
  await page.getByRole("heading", { name: "No project needs you" }).waitFor();
  await page.getByRole("link", { name: "warehouse" }).waitFor();
  assert.deepEqual(await page.locator("tbody .row-link").allInnerTexts(), ["warehouse", "shop"]);
  assert.deepEqual(await page.getByRole("navigation", { name: "Console" }).getByRole("link").allInnerTexts(), [
    "Projects",
    "Service",
  ]);
  await window.checkAccess();
  await page.getByRole("link", { name: "shop" }).click();
  await page.getByRole("heading", { name: "shop" }).waitFor();
  await page.getByRole("row", { name: "Posted 3" }).waitFor();
  await page.getByText("messages_per_queue").waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  // The credential is a variable, and not in the line.
  assert.match(
    await page.evaluate<string>("navigator.clipboard.readText()"),
    /^curl -s -H "Authorization: Bearer \$SUKKAL_KEY" -H 'Client-ID: [0-9a-f-]{36}' 'http:.*\/v2\/usage\?project_id=shop'$/,
  );
  await window.checkAccess();
});

test("a page of one project asks an operator to choose one", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(ADMIN_API_KEY);
  await page.goto(`${url()}/console/#/keys`);
  await page.getByRole("heading", { name: "Keys belong to projects" }).waitFor();
  await page.getByText("sukkal key list --project PROJECT").waitFor();
  await window.checkAccess();
  await page.goto(`${url()}/console/#/queues/shop-orders`);
  await page.getByRole("heading", { name: "Queues and topics belong to projects" }).waitFor();
  await page.getByRole("link", { name: "All projects" }).click();
  await page.getByRole("link", { name: "warehouse" }).waitFor();
});

test("looks into a project by a key that ends with the visit", async () => {
  await using window = await open();
  const { page } = window;
  const keys = new Sukkal({ url: url(), key: ADMIN_API_KEY }).keys;
  const visits = async (): Promise<readonly (readonly string[])[]> => {
    const found = [];
    for await (const { description, roles } of keys.list({ project_id: "shop" }))
      if (description.startsWith("console:")) found.push(roles);
    return found;
  };
  await window.signIn(ADMIN_API_KEY);
  await page.getByRole("link", { name: "shop" }).click();
  await page.getByRole("button", { name: "Open its queues" }).click();
  await page.getByRole("link", { name: "shop-orders" }).waitFor();
  await page.getByText("it has the role reader").waitFor();
  assert.deepEqual(await visits(), [["reader"]]);
  await page.reload();
  await page.getByRole("link", { name: "shop-orders" }).waitFor();
  await page.getByRole("button", { name: "Project shop" }).click();
  await page.getByRole("menuitem", { name: "Back to all projects" }).click();
  await page.getByRole("link", { name: "warehouse" }).waitFor();
  assert.deepEqual(await visits(), []);
});

test("a service without projects tells its operator how one begins", async () => {
  await using window = await open();
  const { page } = window;
  await page.route("**/v2/projects?*", (route) => route.fulfill({ json: { projects: [] } }));
  await window.signIn(ADMIN_API_KEY);
  await page.getByText("No project has posted a message yet.").waitFor();
  assert.equal(
    await page.getByRole("group", { name: "Line to paste" }).innerText(),
    "sukkal key create --project demo",
  );
  await window.checkAccess();
});

test("the projects that lose messages come first", async () => {
  await using window = await open();
  const { page } = window;
  await scriptLosses(page, "shop");
  await window.signIn(ADMIN_API_KEY);
  await page.getByRole("link", { name: "shop" }).waitFor();
  await page.keyboard.press("r");
  await page.getByText("lost 12 messages that expired in the last 10 s.").waitFor();
  await page.getByRole("heading", { name: "One project needs you" }).waitFor();
  assert.deepEqual(await page.locator("tbody .row-link").allInnerTexts(), ["shop", "warehouse"]);
});
