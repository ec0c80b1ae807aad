/** axe finds nothing, and nothing is wider than the window, in both themes and three widths. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { shop } from "./shop.ts";
import { startForTests } from "./started.ts";

const { open } = startForTests({ AUTH_STRATEGY: "none" });

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 1024, 390]) {
    test(`${colorScheme}, ${width} pixels`, async () => {
      await using window = await open({ colorScheme, width });
      const { page } = window;
      const check = async (): Promise<void> => {
        await window.checkAccess();
        assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
      };
      await page.getByLabel("Project").waitFor();
      await page.getByText("No key yet?").waitFor({ state: "hidden" });
      await check();
      await window.scriptOverview(() => shop(Date.now()));
      await window.signIn("shop");
      await page.getByRole("heading", { name: "Three things need you" }).waitFor();
      await check();
      await page.getByRole("button", { name: /^Signed in/ }).click();
      await check();
      await page.keyboard.press("Escape");
      for (const key of ["g", "?"]) {
        await page.keyboard.press(key);
        await page.getByRole("dialog").waitFor();
        await check();
        await page.keyboard.press("Escape");
      }
      await page.getByRole("button", { name: "Create queue" }).click();
      await check();
    });
  }
}
