/** Keys, quotas and the service in a browser, as the admin of a project and as a reader sees them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, SukkalError } from "sukkal/client";
import { startForTests } from "./started.ts";

const ADMIN_API_KEY = `sk_admin_${"keyspage".repeat(5)}`;

const { url, open } = startForTests({ AUTH_STRATEGY: "keys", ADMIN_API_KEY });

async function keyFor(project: string, role: string): Promise<string> {
  const operator = new Sukkal({ url: url(), key: ADMIN_API_KEY });
  const { key } = await operator.keys.create({
    project_id: project,
    roles: [role],
    description: `${role} of the test`,
  });
  return key;
}

test("an admin creates a key, which is shown once and works, and revokes it", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(await keyFor("shop", "admin"));
  await page.getByRole("link", { name: "Keys", exact: true }).click();
  await page.getByText("admin of the test").waitFor();
  await page.getByText("yours", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByLabel("What it is for").fill("nightly sweep");
  await page.getByLabel("Only queues and topics whose names begin with").fill("jobs-");
  await window.checkAccess();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Keep this key now" }).waitFor();
  const key = (await page.getByRole("dialog").locator("pre").innerText()).trim();
  await window.checkAccess();
  await page.getByRole("button", { name: "I have kept it" }).click();
  const made = new Sukkal({ url: url(), key });
  await made.queue("jobs-nightly").post("sweep");
  const row = page.getByRole("row", { name: /nightly sweep/ });
  await row.getByText("only jobs-*").waitFor();
  assert.equal((await page.content()).includes(key), false);

  await row.getByRole("button", { name: "Revoke nightly sweep" }).click();
  const revoke = page.getByRole("button", { name: "Revoke key", exact: true });
  assert.equal(await revoke.isDisabled(), true);
  const id = key.slice("sk_".length, key.lastIndexOf("_"));
  await page.getByLabel("Type the name of the key").fill(id);
  await window.checkAccess();
  await revoke.click();
  await page.getByText("The key nightly sweep is revoked.").waitFor();
  await row.waitFor({ state: "detached" });
  await assert.rejects(new Sukkal({ url: url(), key: ADMIN_API_KEY }).keys.get(id), SukkalError);
});

test("a refused key says why, and what was typed stays", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(await keyFor("shop", "admin"));
  await page.getByRole("link", { name: "Keys", exact: true }).click();
  await page.getByRole("button", { name: "Create key" }).click();
  window.announce(/status of 400/);
  const prefix = page.getByLabel("Only queues and topics whose names begin with");
  await prefix.fill("no spaces");
  await page.keyboard.press("Enter");
  assert.match(await page.getByRole("alert").innerText(), /^The key was not created:/);
  assert.equal(await prefix.inputValue(), "no spaces");
});

test("a reader has no keys to manage", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(await keyFor("shop", "reader"));
  await page.getByRole("link", { name: "Keys", exact: true }).click();
  await page.getByText("Keys need the role admin, which your credential does not have.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Create key" }).count(), 0);
  await window.checkAccess();
});

test("quotas show what is used of them, and by which queue", async () => {
  await using window = await open();
  const { page } = window;
  const operator = new Sukkal({ url: url(), key: ADMIN_API_KEY });
  await operator.quotas.set("small", { queues: 2, messages_per_queue: 4 });
  const member = await keyFor("small", "member");
  await new Sukkal({ url: url(), key: member }).queue("jobs").postMany([1, 2, 3, 4]);
  await window.signIn(member);
  await page.getByRole("link", { name: "Quotas", exact: true }).click();
  const rows = page.getByRole("row");
  await rows.filter({ hasText: "Queues and topics" }).getByText("1, 50 %").waitFor();
  // Its figures arrive within 8 s.
  await rows.filter({ hasText: "Messages" }).getByText("4, 100 %").waitFor();
  await rows.filter({ hasText: "Messages" }).getByRole("link", { name: "jobs" }).waitFor();
  await rows.filter({ hasText: "Requests a second" }).getByText("no limit").waitFor();
  await window.checkAccess();
});

test("the service says what it allows, and who the reader is", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn(await keyFor("shop", "member"));
  await page.getByRole("link", { name: "Service", exact: true }).click();
  await page.getByText("an API key", { exact: true }).waitFor();
  await page.getByText("256 KiB", { exact: true }).first().waitFor();
  await window.checkAccess();
});
