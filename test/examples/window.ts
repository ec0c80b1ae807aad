/** A window of a real browser, without a screen. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";

/** Debian's. A downloaded one would be another dependency. */
const CHROMIUM = "/usr/bin/chromium";
/** Milliseconds for whatever a test waits for. */
const PATIENCE = 20_000;

/** A window with the page. When it is closed, nothing may have failed in it, and nothing may have been loaded from elsewhere. */
export class Window implements AsyncDisposable {
  readonly page: Page;
  protected readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      // The browser reports here what the policy of a page has refused.
      if (/Content Security Policy/.test(message.text())) this.faults.push(message.text());
    });
    page.on("request", (request) => {
      if (new URL(request.url()).hostname !== "127.0.0.1") this.faults.push(`loads ${request.url()}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    assert.deepEqual(this.faults, []);
  }
}

export async function launchChromium(): Promise<Browser> {
  assert.ok(existsSync(CHROMIUM), "apt-get install chromium");
  return await chromium.launch({ executablePath: CHROMIUM });
}
