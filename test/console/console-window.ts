/** A window with the console. Every error that the browser reports fails the test, unless the test has announced it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { Window } from "../examples/window.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export class ConsoleWindow extends Window {
  private readonly announced: RegExp[] = [];

  static async open(browser: Browser, url: string, look: Look = {}): Promise<ConsoleWindow> {
    const { colorScheme = "light", width = 1440, height = 900 } = look;
    const options: BrowserContextOptions = { colorScheme, viewport: { width, height }, reducedMotion: "reduce" };
    const page = await browser.newPage({ ...options, timezoneId: "UTC", locale: "en-GB" });
    const window = new ConsoleWindow(page);
    await page.goto(`${url}/console/`);
    return window;
  }

  private constructor(page: Page) {
    super(page);
    page.on("console", (message) => {
      const text = message.text();
      const isKnown = this.announced.some((pattern) => pattern.test(text));
      if (["error", "warning"].includes(message.type()) && !isKnown) this.faults.push(text);
    });
  }

  /** Errors of this form are meant to happen from now on: the browser reports every answer of 400 and more. */
  announce(pattern: RegExp): void {
    this.announced.push(pattern);
  }

  /** Fails for what axe finds: WCAG A and AA, and best practices. */
  async checkAccess(): Promise<void> {
    // The policy of the page forbids scripts that are added to it, not those of the debugger.
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate<readonly string[]>(
      `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 200) + " " + failureSummary)))`,
    );
    assert.deepEqual(found, []);
  }
}
