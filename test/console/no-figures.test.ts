/** The console of a service with METER=off and DOCS=false. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startForTests } from "./started.ts";

const { open } = startForTests({ AUTH_STRATEGY: "none", METER: "off", DOCS: "false" });

test("says that the service keeps no figures, and shows what needs none", async () => {
  await using window = await open();
  const { page } = window;
  // The overview may be asked for before the service has said that it has none.
  window.announce(/status of 404/);
  await window.signIn("shop");
  await page.getByRole("heading", { name: "This service keeps no figures" }).waitFor();
  await window.checkAccess();
  await page.getByRole("link", { name: "Service" }).click();
  await page.getByRole("heading", { name: "Service" }).first().waitFor();
  // The service has none.
  assert.equal(await page.getByRole("link", { name: "Documents" }).count(), 0);
  await page.getByText("Not heard from the service").waitFor({ state: "detached" });
});
