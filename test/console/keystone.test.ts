/** The console of a service with tokens of Keystone and without API keys: an operator looks into a project. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { startForTests } from "./started.ts";

interface Token {
  readonly project?: { readonly id: string };
  readonly roles: readonly string[];
}

/** What Keystone says about its tokens (Identity API v3, "Validate and show information for token"). */
const TOKENS: Readonly<Record<string, Token>> = {
  domain: { roles: ["admin"] },
  shop: { project: { id: "shop" }, roles: ["reader"] },
  warehouse: { project: { id: "warehouse" }, roles: ["member"] },
};

const keystone: Server = createServer((request, response) => {
  const found = TOKENS[String(request.headers["x-subject-token"])];
  if (found === undefined) return void response.writeHead(404).end();
  const { roles, ...scope } = found;
  const user = { id: "0d3c5a1e9b07", name: "on-call", domain: { id: "default" } };
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const token = { ...scope, user, expires_at, roles: roles.map((name) => ({ id: name, name })) };
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ token }));
});
await new Promise<void>((resolve) => keystone.listen(0, "127.0.0.1", resolve));
after(() => {
  keystone.closeAllConnections();
  keystone.close();
});

const { url, open } = startForTests(
  { AUTH_STRATEGY: "keystone", KEYSTONE_URL: `http://127.0.0.1:${(keystone.address() as AddressInfo).port}` },
  async (address) => {
    await new Sukkal({ url: address, token: () => "warehouse" }).queue("parcels").post(1);
  },
);

test("takes a token of the project, and comes back with that of the operator", async () => {
  await using window = await open();
  const { page } = window;
  await window.signIn("domain");
  await page.getByRole("link", { name: "warehouse" }).click();
  await page.getByText("openstack --os-project-id warehouse token issue -f value -c id").waitFor();
  await window.checkAccess();
  const token = page.getByLabel("Token of this project");
  await token.fill("shop");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The project was not opened: This token is of shop.").waitFor();
  await token.fill("warehouse");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "parcels" }).waitFor();
  await page.getByRole("button", { name: "Project warehouse" }).click();
  await page.getByRole("menuitem", { name: "Back to all projects" }).click();
  await page.getByRole("link", { name: "warehouse" }).waitFor();
  assert.equal(await page.evaluate("location.hash"), "#/projects");
  assert.equal(new URL(page.url()).origin, url());
});
