/** A window with the console. Every error that the browser reports fails the test, unless the test has announced it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Overview } from "sukkal/client";
import { Window } from "../examples/window.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Look {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  readonly hasScripts?: boolean;
}

export class ConsoleWindow extends Window {
  private readonly announced: RegExp[] = [];

  static async open(browser: Browser, url: string, look: Look = {}): Promise<ConsoleWindow> {
    const window = await ConsoleWindow.make(browser, look);
    // Asked without a credential, the service says with 400 or 401 what it wants.
    window.announce(/status of 40[01]/);
    await window.page.goto(`${url}/console/`);
    return window;
  }

  /** An empty window. */
  static async make(browser: Browser, look: Look): Promise<ConsoleWindow> {
    const { colorScheme = "light", width = 1440, height = 900, hasScripts: javaScriptEnabled = true } = look;
    const viewport = { width, height };
    const options: BrowserContextOptions = { colorScheme, viewport, reducedMotion: "reduce", javaScriptEnabled };
    const page = await browser.newPage({ ...options, timezoneId: "UTC", locale: "en-GB" });
    return new ConsoleWindow(page);
  }

  private constructor(page: Page) {
    super(page);
    page.on("console", (message) => {
      const text = message.text();
      const isKnown = this.announced.some((pattern) => pattern.test(text));
      if (["error", "warning"].includes(message.type()) && !isKnown) this.faults.push(text);
    });
  }

  /** Signs in, with whatever the service asks for. */
  async signIn(credential: string): Promise<void> {
    await this.page.locator(".sign-in input").fill(credential);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await this.page.getByRole("button", { name: /^Signed in/ }).waitFor();
  }

  /** Signs in to another project, in the same tab. */
  async openAs(credential: string): Promise<void> {
    await this.page.evaluate("sessionStorage.clear()");
    await this.page.reload();
    await this.signIn(credential);
  }

  /** Answers the overview by a script from now on, because its figures take an hour to come about. */
  async scriptOverview(answer: () => Overview): Promise<void> {
    await this.page.route("**/v2/overview?*", (route) => route.fulfill({ json: answer() }));
  }

  /** Errors of this form are meant to happen from now on: the browser reports every answer of 400 and more. */
  announce(pattern: RegExp): void {
    this.announced.push(pattern);
  }

  /** The heads of tables of figures that say nothing more when the pointer is on them. Documents explain theirs in the text. */
  private unexplainedHeads(): Promise<readonly string[]> {
    return this.page.locator("body:not(.docs) thead th:not([title]):not(:has(.unseen))").allInnerTexts();
  }

  /** The panels whose content is wider than they are. */
  private cutPanels(): Promise<readonly string[]> {
    return this.page.evaluate(
      `[...document.querySelectorAll(".panel")].flatMap(({ scrollWidth, clientWidth, innerText }) =>
        scrollWidth > clientWidth + 1 ? [scrollWidth + " in " + clientWidth + ": " + innerText.slice(0, 80)] : [])`,
    );
  }

  /** Fails for cut panels, for heads of tables without an explanation, and for what axe finds: WCAG A and AA, and best practices. */
  async checkAccess(): Promise<void> {
    // The policy of the page forbids scripts that are added to it, not those of the debugger.
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate<readonly string[]>(
      `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 200) + " " + failureSummary)))`,
    );
    assert.deepEqual(found, []);
    assert.deepEqual(await this.unexplainedHeads(), []);
    assert.deepEqual(await this.cutPanels(), []);
  }
}
