/** What the console costs a browser and the service: sizes, the times until something is seen, and requests. Needs Debian's Chromium. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { Sukkal } from "sukkal/client";
import { SITE } from "../scripts/wrangler.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";
import { median } from "./statistics.ts";

const QUEUES = 5000;
/** Posts in progress, and how often the busy project has one. */
const CONNECTIONS = 16;
const BUSY_MS = 500;
/** The time over which requests are counted. */
const OBSERVED_MS = 60_000;

export interface ConsoleSummary {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly gzip: number }[];
  /** From the request of the page to the first picture that has what is asked for. */
  readonly times: readonly { readonly seen: string; readonly ms: number; readonly rounds: readonly number[] }[];
  readonly requests: readonly { readonly project: string; readonly perMinute: number }[];
}

export async function measureConsole(
  { mode, report }: Pick<Bench, "mode" | "report">,
  folder: string,
): Promise<ConsoleSummary> {
  await using stack = new AsyncDisposableStack();
  const environment = { AUTH_STRATEGY: "none" };
  const server = stack.adopt(
    await Server.start({ dataDir: join(folder, "console"), environment }),
    async (each) => await each.stop(),
  );
  const browser = stack.adopt(
    await chromium.launch({ executablePath: "/usr/bin/chromium" }),
    async (each) => await each.close(),
  );
  report(`console, ${QUEUES} queues`);
  await fill(server.url, "few", 1);
  await fill(server.url, "many", QUEUES);
  const times = [
    { seen: "sign-in", project: null, selector: ".sign-in input" },
    { seen: "overview of 1 queue", project: "few", selector: ".row-link" },
    { seen: `overview of ${QUEUES.toLocaleString("en")} queues`, project: "many", selector: ".row-link" },
  ].map(({ seen, ...what }) => ({ seen, what, rounds: [] as number[] }));
  // The first round warms up.
  for (let round = 0; round <= mode.rounds; round++) {
    for (const { what, rounds } of times) {
      const ms = await timeTo(browser, server.url, what);
      if (round > 0) rounds.push(ms);
    }
  }
  report("console, requests");
  const idle = await requestsPerMinute(browser, server.url);
  const busy = await whileBusy(server.url, async () => await requestsPerMinute(browser, server.url));
  return {
    files: filesOf(join(SITE, "console")),
    times: times.map(({ seen, rounds }) => ({ seen, ms: median(rounds), rounds })),
    requests: [
      { project: "idle", perMinute: idle },
      { project: "busy", perMinute: busy },
    ],
  };
}

function filesOf(site: string): ConsoleSummary["files"] {
  const names = readdirSync(site).filter((name) => !name.endsWith(".gz"));
  const sizeOf = (name: string): number => statSync(join(site, name)).size;
  return names.map((name) => {
    return { name: name.replace(/-[\w-]{8}(?=\.)/, ""), bytes: sizeOf(name), gzip: sizeOf(`${name}.gz`) };
  });
}

async function fill(url: string, project: string, queues: number): Promise<void> {
  const sukkal = new Sukkal({ url, project });
  let next = 0;
  const post = async (): Promise<void> => {
    for (let number = next++; number < queues; number = next++) {
      await sukkal.queue(`orders-of-tenant-${String(number).padStart(5, "0")}`).post({ number }, { ttl: 86_400 });
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, queues) }, post));
}

interface Seen {
  /** null: nobody is signed in. */
  readonly project: string | null;
  readonly selector: string;
}

/** Milliseconds until the browser has painted what is asked for. */
async function timeTo(browser: Browser, url: string, { project, selector }: Seen): Promise<number> {
  await using context = await browser.newContext();
  const page = await context.newPage();
  if (project !== null) await signIn(page, url, project);
  await page.addInitScript(`addEventListener("DOMContentLoaded", () => {
    const look = () => document.querySelector(${JSON.stringify(selector)}) === null
      ? requestAnimationFrame(look)
      // After the frame in which it is.
      : requestAnimationFrame(() => setTimeout(() => { window.paintedAt = performance.now(); }));
    look();
  })`);
  await page.goto(`${url}/console/`);
  // The policy of the page forbids texts of conditions, which a function is not.
  const painted = await page.waitForFunction(() => (globalThis as { paintedAt?: number }).paintedAt);
  return (await painted.jsonValue()) ?? Number.NaN;
}

async function signIn(page: Page, url: string, project: string): Promise<void> {
  await page.goto(`${url}/console/`);
  await page.locator(".sign-in input").fill(project);
  await page.keyboard.press("Enter");
  await page.locator(".row-link").first().waitFor();
  await page.goto("about:blank");
}

/** Of an overview that has been open for a while. */
async function requestsPerMinute(browser: Browser, url: string): Promise<number> {
  await using context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, url, "few");
  await page.goto(`${url}/console/`);
  await page.locator(".row-link").first().waitFor();
  await setTimeout(OBSERVED_MS / 2);
  let requests = 0;
  page.on("request", () => requests++);
  await setTimeout(OBSERVED_MS);
  return (requests * 60_000) / OBSERVED_MS;
}

async function whileBusy<T>(url: string, act: () => Promise<T>): Promise<T> {
  const queue = new Sukkal({ url, project: "few" }).queue("busy");
  const end = new AbortController();
  const posting = (async () => {
    while (!end.signal.aborted) {
      await queue.post("news", { ttl: 300 });
      await setTimeout(BUSY_MS);
    }
  })();
  try {
    return await act();
  } finally {
    end.abort();
    await posting;
  }
}
