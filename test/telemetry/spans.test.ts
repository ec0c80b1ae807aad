/** Spans of requests, frames and webhooks: which are made, what they contain, and what happens while the collector fails. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { configOf } from "../../src/config/config-cache.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { newEvent, type RequestEvent } from "../../src/telemetry/event.ts";
import { BATCH_MAX, SPANS_MAX } from "../../src/telemetry/span-exporter.ts";
import { Tracer, tracerOf } from "../../src/telemetry/tracer.ts";
import { parseTraceparent } from "../../src/domain/traceparent.ts";
import { captureLog } from "../support/log.ts";
import { clock, freezeClock, moveTimers } from "../support/clock.ts";
import { Collector } from "../support/fakes/collector.ts";

freezeClock();
const log = captureLog();

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const SAMPLED = `00-${TRACE}-${PARENT}-01`;
const UNSAMPLED = `00-${TRACE}-${PARENT}-00`;

let collector: Collector;

beforeEach(() => {
  collector = new Collector();
  moveTimers();
});

/** Serves one request with a collector, and waits for its background work, which is that of spans alone. */
async function serve(
  path: string,
  given: Readonly<Record<string, string>> = {},
  changed: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example:4318",
    AUTH_STRATEGY: "none",
    METER: "off",
    ...changed,
  };
  const app = createApp(configOf(settings));
  const bindings = { ...(env as unknown as ObjectBindings), COLLECTOR: collector.binding };
  const ctx = createExecutionContext();
  const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": "shop", ...given };
  const answer = await app.fetch(new Request(`http://zaqar.test${path}`, { headers }), bindings, ctx);
  await answer.text();
  clock.advance({ seconds: 1 });
  await waitOnExecutionContext(ctx);
  return answer;
}

describe("a request", () => {
  test("whose traceparent is sampled has a span below that of its caller", async () => {
    const now = `${Date.now()}000000`;
    const answer = await serve("/v2/queues/orders/messages?marker=secret", { traceparent: SAMPLED });
    expect(collector.requests).toMatchObject([
      { url: "http://collector.example:4318/v1/traces", headers: { "content-type": "application/json" } },
    ]);
    expect(collector.resources).toEqual([
      { "service.name": "sukkal", "service.version": expect.any(String) as unknown },
    ]);
    expect(collector.spans).toEqual([
      {
        traceId: TRACE,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
        parentSpanId: PARENT,
        name: "GET /v2/queues/{queue}/messages",
        kind: 2,
        startTimeUnixNano: now,
        endTimeUnixNano: now,
        status: {},
        attributes: {
          "http.request.method": "GET",
          "http.route": "/v2/queues/{queue}/messages",
          "http.response.status_code": "200",
          "messaging.destination.name": "orders",
          "sukkal.project": "shop",
          "sukkal.operation": "message_list",
          "sukkal.request": answer.headers.get("X-OpenStack-Request-Id"),
        },
      },
    ]);
    expect(JSON.stringify(collector.requests)).not.toContain("secret");
  });

  test.each([
    ["not sampled", { traceparent: UNSAMPLED }, "1", 0],
    ["without one, with a share of 0", {}, "0", 0],
    ["without one, with a share of 1", {}, "1", 1],
    ["invalid, with a share of 0", { traceparent: "x" }, "0", 0],
    ["sampled, with a share of 0", { traceparent: SAMPLED }, "0", 1],
  ])("with a traceparent that is %s has a span or none", async (_, headers, share, spans) => {
    await serve("/v2/queues", headers, { OTEL_TRACES_SAMPLER_ARG: share });
    expect(collector.spans).toHaveLength(spans);
  });

  test("without a traceparent begins a trace", async () => {
    await serve("/v2/queues", {}, { OTEL_TRACES_SAMPLER_ARG: "1" });
    const [span] = collector.spans;
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span?.traceId).not.toBe(TRACE);
    expect(span).not.toHaveProperty("parentSpanId");
  });

  test("without a credential cannot choose to be sampled", async () => {
    const settings = { AUTH_STRATEGY: "keys", OTEL_TRACES_SAMPLER_ARG: "0" };
    const answer = await serve("/v2/queues", { traceparent: SAMPLED }, settings);
    expect(answer.status).toBe(401);
    expect(collector.spans).toEqual([]);
  });

  test("that is refused has the code, and a path that is no route has none", async () => {
    const settings = { OTEL_TRACES_SAMPLER_ARG: "1" };
    await serve("/v2/queues/orders/messages?limit=x", {}, settings);
    await serve("/nowhere/secret", {}, settings);
    expect(collector.spans.map(({ name, status, attributes }) => [name, status, attributes["sukkal.code"]])).toEqual([
      ["GET /v2/queues/{queue}/messages", {}, "parameter-invalid"],
      ["GET", {}, "route-unknown"],
    ]);
    expect(JSON.stringify(collector.requests)).not.toContain("secret");
  });

  test("has the collector's headers and the name of the service from the settings", async () => {
    const settings = {
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b",
      OTEL_SERVICE_NAME: "queues",
    };
    await serve("/v2/queues", {}, settings);
    expect(collector.requests[0]?.headers["api-key"]).toBe("a b");
    expect(collector.resources[0]?.["service.name"]).toBe("queues");
  });

  test("makes no span without a collector", () => {
    expect(tracerOf(configOf({ AUTH_STRATEGY: "none" }))).toBeNull();
  });
});

describe("while the collector fails", () => {
  /** A tracer, and what it does in the background. */
  function tracer() {
    const background = new Set<Promise<unknown>>();
    const made = new Tracer({ url: "http://collector.example/v1/traces", headers: {}, serviceName: "s", ratio: 1 });
    const from = { now: () => Date.now(), waitUntil: (work: Promise<unknown>) => void background.add(work) };
    const answered = { method: "GET", route: "/v2/queues", status: 200 };
    return {
      record: (count: number): void => {
        for (let index = 0; index < count; index++)
          made.recordRequest(event(), answered, { ...from, collector: collector.binding });
      },
      /** Runs its background work to the end, in a second. */
      finish: async (): Promise<void> => {
        clock.advance({ seconds: 1 });
        await Promise.all(background);
        background.clear();
      },
      /** Ends the request: nothing waits for its work any more. */
      abandon: () => background.clear(),
    };
  }

  function event(): RequestEvent {
    return { ...newEvent("req-1", () => 7, parseTraceparent(SAMPLED)), project: "shop", operation: "queue_list" };
  }

  const drops = () => log.about("spans.dropped").map(({ spans, reason }) => [spans, reason]);

  test.each([
    ["that answers 503", () => new Response("busy", { status: 503 }), "refused"],
    ["that redirects", () => new Response(null, { status: 302, headers: { Location: "http://a.example" } }), "refused"],
    ["that cannot be reached", () => Promise.reject(new Error("Network connection lost.")), "unreachable"],
  ] as const)("one %s gets each batch once, and the log says what was lost", async (_, answer, reason) => {
    collector.answer = answer;
    const { record, finish } = tracer();
    record(3);
    await finish();
    expect(collector.requests).toHaveLength(1);
    expect(drops()).toEqual([[3, reason]]);
  });

  test("the losses of ten seconds are one line", async () => {
    collector.answer = () => new Response(null, { status: 503 });
    const { record, finish } = tracer();
    for (const seconds of [0, 3, 4, 2]) {
      clock.advance({ seconds });
      record(2);
      await finish();
    }
    expect(drops()).toEqual([
      [2, "refused"],
      [6, "refused"],
    ]);
  });

  test("one that hangs holds one batch, and so many wait beside it", async () => {
    const { promise: hanging, resolve } = Promise.withResolvers<Response>();
    collector.answer = () => hanging;
    const { record, finish } = tracer();
    record(BATCH_MAX + SPANS_MAX);
    expect(collector.requests).toHaveLength(1);
    expect(drops()).toEqual([]);
    record(7);
    expect(drops()).toEqual([[1, "full"]]);
    expect(collector.requests).toHaveLength(1);
    collector.answer = () => new Response(null, { status: 200 });
    resolve(new Response(null, { status: 200 }));
    clock.advance({ seconds: 10 });
    await finish();
    expect(collector.spans).toHaveLength(BATCH_MAX + SPANS_MAX);
    expect(drops()).toEqual([
      [1, "full"],
      [6, "full"],
    ]);
  });

  test("spans go again when it has recovered", async () => {
    collector.answer = () => Promise.reject(new Error("Network connection lost."));
    const { record, finish } = tracer();
    record(1);
    await finish();
    collector.answer = () => new Response(null, { status: 200 });
    record(1);
    await finish();
    expect(collector.spans).toHaveLength(2);
    expect(drops()).toEqual([[1, "unreachable"]]);
  });

  test("spans of a request that ended before it sent them go with later ones", async () => {
    const { record, finish, abandon } = tracer();
    const stopped = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
    record(1);
    abandon();
    stopped.mockRestore();
    clock.advance({ seconds: 15 });
    record(1);
    await finish();
    expect(collector.spans).toHaveLength(2);
  });

  test("a request that ended while it sent a batch does not keep others from sending", async () => {
    collector.answer = () => new Promise<never>(() => undefined);
    const { record, finish, abandon } = tracer();
    record(BATCH_MAX);
    expect(collector.requests).toHaveLength(1);
    abandon();
    collector.answer = () => new Response(null, { status: 200 });
    record(1);
    clock.advance({ seconds: 10 });
    await finish();
    expect(collector.requests).toHaveLength(2);
  });
});
