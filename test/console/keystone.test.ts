/** The console of a service with tokens of Keystone and without API keys: an operator looks into a project. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { KeystoneStandIn } from "./keystone-stand-in.ts";
import { startForTests } from "./started.ts";

const keystone = await KeystoneStandIn.start({
  domain: { roles: ["admin"] },
  shop: { project: "shop", roles: ["reader"] },
  warehouse: { project: "warehouse", roles: ["member"] },
});
after(() => keystone.stop());

const { url, open } = startForTests({ AUTH_STRATEGY: "keystone", KEYSTONE_URL: keystone.url }, async (address) => {
  await new Sukkal({ url: address, token: () => "warehouse" }).queue("parcels").post(1);
});

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
