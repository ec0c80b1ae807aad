/** A service and a browser for the tests of one file. */
import { join } from "node:path";
import { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { launchChromium } from "../examples/window.ts";
import { ConsoleWindow, type Look } from "./console-window.ts";

export interface Started {
  readonly url: () => string;
  readonly open: (look?: Look) => Promise<ConsoleWindow>;
  /** A window without a page. */
  readonly openEmpty: (look?: Look) => Promise<ConsoleWindow>;
}

/** Registers the start and the end with the test runner. `prepare` runs when the service answers. */
export function startForTests(
  environment: Readonly<Record<string, string>>,
  prepare: (url: string) => Promise<void> = async () => undefined,
): Started {
  const scratch = makeScratch("console");
  let browser: Browser | undefined;
  let server: Server | undefined;
  const url = (): string => server?.url ?? "";
  before(async () => {
    browser = await launchChromium();
    server = await Server.start({ dataDir: join(scratch.path, "data"), environment });
    await prepare(server.url);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    scratch.remove();
  });
  const started = (): Browser => {
    if (browser === undefined) throw new Error("The browser has not been started.");
    return browser;
  };
  const open = async (look?: Look): Promise<ConsoleWindow> => await ConsoleWindow.open(started(), url(), look);
  const openEmpty = async (look: Look = {}): Promise<ConsoleWindow> => await ConsoleWindow.make(started(), look);
  return { url, open, openEmpty };
}
