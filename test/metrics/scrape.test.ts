/** A real Prometheus reads the metrics of a started service, over its end and a new start. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ADMIN_API_KEY, Caller } from "../versions/caller.ts";
import { Prometheus, type Series } from "./prometheus.ts";
import { promtool } from "./promtool.ts";

const METRICS_API_KEY = `sk_metrics_${"0123456789abcdef".repeat(2)}`;
/** Its name is a value of labels. */
const PROJECT = 'a "project"\\of ours {}';
/** A page is 10 s old at most, and scraped every second. */
const PAGE_MS_MAX = 15_000;
/** Figures are reported after 8 s. */
const FIGURES_MS_MAX = PAGE_MS_MAX + 10_000;

const scratch = makeScratch("metrics");
const started = new AsyncDisposableStack();
started.defer(() => scratch.remove());
let service: Server;
let prometheus: Prometheus;
let caller: Caller;
let posted = 0;

before(async () => {
  const environment = { AUTH_STRATEGY: "keys", ADMIN_API_KEY, METRICS_API_KEY };
  service = await Server.start({ dataDir: join(scratch.path, "data"), environment });
  started.defer(() => service.stop());
  caller = await Caller.of(PROJECT, service.url);
  const key = join(scratch.path, "sukkal.key");
  writeFileSync(key, `${METRICS_API_KEY}\n`, { mode: 0o600 });
  const job = {
    authorization: { credentials_file: key },
    static_configs: [{ targets: [`127.0.0.1:${service.port}`] }],
  };
  prometheus = await Prometheus.start(join(scratch.path, "prometheus"), {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      { job_name: "sukkal", ...job },
      { job_name: "queues", params: { per_queue: ["true"], project_id: [PROJECT] }, ...job },
      { job_name: "without a key", metrics_path: "/metrics", static_configs: job.static_configs },
    ],
  });
  started.defer(() => prometheus.stop());
});

// Also if only the service has started.
after(() => started.disposeAsync());

async function post(count: number): Promise<void> {
  for (let number = 0; number < count; number++) await caller.post("jobs", number);
  posted += count;
}

const POSTS = 'sukkal_requests_total{job="sukkal",operation="message_post",status="201",transport="http"}';
const POSTED = 'sukkal_messages_posted_total{job="sukkal",kind="queue"}';

describe("Prometheus", () => {
  test("gets both pages with the key, and none without", async () => {
    await post(20);
    await prometheus.until("has tried all", async () => {
      const tried = (await prometheus.targets()).filter(({ health }) => health !== "unknown");
      return tried.length === 3;
    });
    const targets = new Map(
      (await prometheus.targets()).map(({ labels, health, lastError }) => [labels["job"], [health, lastError]]),
    );
    assert.deepEqual(targets.get("sukkal"), ["up", ""]);
    assert.deepEqual(targets.get("queues"), ["up", ""]);
    assert.deepEqual(targets.get("without a key"), ["down", "server returned HTTP status 401 Unauthorized"]);
    assert.equal(await prometheus.value("sukkal_build_info"), 1);
  });

  test("sees every request, and names as they are", async () => {
    await prometheus.until("sees 20 posts", async () => (await prometheus.value(POSTS)) === 20, PAGE_MS_MAX);
    const page = "sukkal_queues_omitted[1m]";
    await prometheus.until("has the page of the project", async () => (await prometheus.samples(page)).length > 0);
    const [series] = await prometheus.samples(page);
    assert.equal(series?.metric["project"], PROJECT);
    assert.equal(await prometheus.value(`sukkal_request_duration_seconds_count{operation="message_post"}`), 20);
  });

  test("sees the figures of the project and of its queue, which the Worker reports after 8 s", async () => {
    await prometheus.until("sees 20 messages", async () => (await prometheus.value(POSTED)) === 20, FIGURES_MS_MAX);
    assert.equal(await prometheus.value('sukkal_stored_messages_max{job="sukkal",kind="queue"}'), 20);
    assert.equal(await prometheus.value('sukkal_messages_min{job="sukkal",kind="queue",state="free"}'), 20);
    const age = 'time() - sukkal_queue_oldest_message_timestamp_seconds{name="jobs"}';
    await prometheus.until("sees the age", async () => ((await prometheus.value(age)) ?? 0) > 0, FIGURES_MS_MAX);
    assert.ok(((await prometheus.value(age)) ?? 0) < 60);
    assert.equal(await prometheus.value('sukkal_queue_messages_posted_total{name="jobs"}'), 20);
    assert.ok(((await prometheus.value('sukkal_queue_load{name="jobs"}')) ?? -1) >= 0);
    assert.equal(await prometheus.value("sukkal_queue_objects"), null);
  });

  test("promtool has no objection to either page", async () => {
    for (const query of ["", `?per_queue=true&project_id=${encodeURIComponent(PROJECT)}`]) {
      const headers = { Authorization: `Bearer ${METRICS_API_KEY}` };
      const text = await (await fetch(`${service.url}/metrics${query}`, { headers })).text();
      assert.deepEqual(promtool(["check", "metrics"], text), { output: "", isAccepted: true });
    }
  });

  test("sees no counter fall but to what was counted since, when the service is killed", async () => {
    process.kill(service.pid, "SIGKILL");
    const postedBefore = posted;
    await until(async () => (await fetch(`${service.url}/healthz`).catch(() => null))?.ok === true);
    await post(5);
    await prometheus.until(
      "sees the new posts",
      async () => (await prometheus.value(POSTS)) !== postedBefore,
      PAGE_MS_MAX,
    );
    await post(5);
    await prometheus.until(
      "sees the last posts",
      async () => {
        const value = await prometheus.value(POSTS);
        return value === 10 || value === posted;
      },
      PAGE_MS_MAX,
    );
    const series = await prometheus.samples('{__name__=~"sukkal_.*_total|sukkal_.*_count|sukkal_.*_bucket"}[5m]');
    assert.ok(series.length > 10);
    assert.deepEqual(series.flatMap(impossibleIn), []);
    const [posts] = await prometheus.samples(`${POSTS}[5m]`);
    assert.ok(posts !== undefined && growthOf(posts) <= posted, "more posts were seen than made");
    const lowest = await prometheus.value("min(min_over_time(rate(sukkal_requests_total[10s])[5m:1s]))");
    assert.ok(lowest !== null && lowest >= 0);
  });
});

/** Falls to a number of which the service cannot have counted so many since its start. */
function impossibleIn({ metric, values }: Series): readonly string[] {
  return values.flatMap(([, value], index) => {
    const [, earlier = "0"] = values[index - 1] ?? [];
    // After the start 10 posts and less than 100 other requests were made.
    return Number(value) < Number(earlier) && Number(value) > 100
      ? [`${JSON.stringify(metric)}: ${earlier} to ${value}`]
      : [];
  });
}

/** The growth as Prometheus computes it: after a fall all is new. */
function growthOf({ values }: Series): number {
  return values.reduce((sum, [, value], index) => {
    const growth = Number(value) - Number(values[index - 1]?.[1] ?? 0);
    return sum + (growth < 0 ? Number(value) : growth);
  }, 0);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await holds());) {
    if (Date.now() - start > PAGE_MS_MAX) throw new Error("The service has not started again.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
