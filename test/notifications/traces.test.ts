/** A trace from a post to a claim, a webhook and a collector, and collectors that fail, over real sockets. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { test } from "node:test";
import { spansIn, type CollectedSpan } from "../support/fakes/collected-spans.ts";
import { Listener, LOOPBACK, Receiver } from "./listener.ts";
import { OPEN, Service, until } from "./service.ts";

const SPAN = "00f067aa0ba902b7";

/** A traceparent of a new trace. */
function newTraceparent(flags: string): string {
  return `00-${randomUUID().replaceAll("-", "")}-${SPAN}-${flags}`;
}

/** The service itself, as a subscriber. */
const PUBLIC_URL = "http://queues.example/messaging";

/** A service whose spans go to a port. The collector is on loopback, as in most deployments. */
function tracedBy({ port }: { readonly port: number }): Promise<Service> {
  return Service.with({
    ...OPEN,
    PUBLIC_URL,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${LOOPBACK}:${port}`,
    OTEL_TRACES_SAMPLER_ARG: "0",
  });
}

function traceOf(traceparent: string): string {
  return traceparent.split("-")[1] ?? "";
}

interface Message {
  readonly traceparent: string;
}

test("one trace goes from the post to the claim, the webhook with its retry, and the collector", async () => {
  const [collector, receiver] = [await Receiver.listen(), await Receiver.listen()];
  collector.status = 200;
  receiver.status = 503;
  const service = await tracedBy(collector);
  const queue = service.queue();
  await queue.subscribe(receiver.url);
  const traceparent = newTraceparent("01");
  const path = `/queues/${queue.name}`;
  await service.ask("POST", `${path}/messages`, { messages: [{ body: "a" }] }, { traceparent });
  await until("it was tried twice", () => (receiver.received.length >= 2 ? true : null));
  receiver.status = 204;

  const claimed = await service.ask("POST", `${path}/claims?details=true`, {}, { traceparent });
  const [message] = (JSON.parse(claimed.text) as { readonly messages: readonly Message[] }).messages;
  assert.equal(message?.traceparent, traceparent);

  const attempts = receiver.received.map(({ headers }) => String(headers["traceparent"]));
  for (const attempt of attempts) assert.match(attempt, new RegExp(`^00-${traceOf(traceparent)}-[0-9a-f]{16}-01$`));
  const ids = attempts.map((attempt) => attempt.split("-")[2] ?? "");
  assert.equal(new Set([...ids, SPAN]).size, ids.length + 1);

  const spans = (): readonly CollectedSpan[] => collector.received.flatMap(({ body }) => spansIn(body));
  const found = await until("the collector has them", () => {
    const some = spans();
    return ids.slice(0, 2).every((id) => some.some(({ spanId }) => spanId === id)) ? some : null;
  });
  assert.deepEqual(new Set(found.map(({ traceId }) => traceId)), new Set([traceOf(traceparent)]));
  assert.deepEqual(new Set(found.map(({ parentSpanId }) => parentSpanId)), new Set([SPAN]));
  const [first] = found.filter(({ spanId }) => spanId === ids[0]);
  assert.deepEqual([first?.name, first?.kind, first?.status], ["webhook", 3, { code: 2 }]);
  assert.equal(first?.attributes["http.response.status_code"], "503");
  const posts = found.filter(({ attributes }) => attributes["sukkal.operation"] === "message_post");
  assert.deepEqual(
    posts.map(({ name, kind }) => [name, kind]),
    [["POST /v2/queues/{queue}/messages", 2]],
  );
});

test("a frame is a part of a trace too", async () => {
  const collector = await Receiver.listen();
  collector.status = 200;
  const service = await tracedBy(collector);
  const queue = service.queue();
  const traceparent = newTraceparent("01");
  const socket = new WebSocket(`ws://${LOOPBACK}:${service.port}/v2/websocket`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const headers = { "Client-ID": randomUUID(), "X-Project-ID": "framed", traceparent };
  const body = { queue_name: queue.name, messages: [{ body: "a" }] };
  const answered = new Promise((resolve) => socket.addEventListener("message", resolve));
  socket.send(JSON.stringify({ action: "message_post", headers, body }));
  await answered;
  socket.close();
  const spans = await until("the collector has it", () => {
    const found = collector.received.flatMap((request) => spansIn(request.body));
    return found.length > 0 ? found : null;
  });
  assert.deepEqual(
    spans.map(({ name, traceId, parentSpanId }) => [name, traceId, parentSpanId]),
    [["frame message_post", traceOf(traceparent), SPAN]],
  );
});

test("a message that a notification posts to another queue stays in the trace", async () => {
  const collector = await Receiver.listen();
  collector.status = 200;
  const service = await tracedBy(collector);
  const [first, second] = [service.queue(), service.queue()];
  const post_data = '{"messages": [{"body": "$zaqar_message$"}]}';
  const post_headers = { "Client-ID": randomUUID(), "X-Project-ID": service.project };
  await first.subscribe(`${PUBLIC_URL}/v2/queues/${second.name}/messages`, { post_data, post_headers });
  const traceparent = newTraceparent("01");
  await service.ask("POST", `/queues/${first.name}/messages`, { messages: [{ body: "a" }] }, { traceparent });
  const message = await until("it has arrived", async () => {
    const { text } = await service.ask("GET", `/queues/${second.name}/messages?echo=true&details=true`);
    return (JSON.parse(text) as { readonly messages: readonly Message[] }).messages[0] ?? null;
  });
  assert.equal(traceOf(message.traceparent), traceOf(traceparent));
  assert.notEqual(message.traceparent, traceparent);
  const spans = await until("the collector has them", () => {
    const found = collector.received.flatMap(({ body }) => spansIn(body));
    return found.length >= 3 ? found : null;
  });
  const [webhook] = spans.filter(({ name }) => name === "webhook");
  const [forwarded] = spans.filter(({ parentSpanId }) => parentSpanId === webhook?.spanId);
  assert.deepEqual([webhook?.parentSpanId, message.traceparent.split("-")[2]], [SPAN, webhook?.spanId]);
  assert.equal(forwarded?.attributes["messaging.destination.name"], second.name);
});

const FAULTS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ["hangs", () => undefined],
  ["breaks the connection", (socket) => socket.destroy()],
  ["answers 503", (socket) => socket.end("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")],
  ["answers without end", (socket) => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")],
  ["answers nonsense", (socket) => socket.end("nonsense\r\n\r\n")],
];

for (const [fault, answer] of FAULTS) {
  test(`a collector that ${fault} slows and fails no request`, async () => {
    const collector = await Listener.listen(answer);
    const service = await tracedBy(collector);
    const queue = service.queue();
    const headers = { traceparent: newTraceparent("01") };
    let slowest = 0;
    const post = async () => {
      const startedAt = performance.now();
      const reply = await service.ask("POST", `/queues/${queue.name}/messages`, { messages: [{ body: "a" }] }, headers);
      slowest = Math.max(slowest, performance.now() - startedAt);
      return reply;
    };
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, post));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    }
    await until("it was asked", () => (collector.heard.length > 0 ? true : null));
    for (let round = 0; round < 20; round++) assert.equal((await post()).status, 201);
    // A request that waited for it would take five seconds.
    assert.ok(slowest < 4500, `${slowest} ms`);
    assert.ok(collector.open <= 2, `${collector.open} connections`);
    await service.stop();
  });
}

test("a collector that does not exist slows and fails no request", async () => {
  const gone = await Receiver.listen();
  const { port } = gone;
  await gone.close();
  const service = await tracedBy({ port });
  const queue = service.queue();
  const headers = { traceparent: newTraceparent("01") };
  for (let round = 0; round < 20; round++) {
    const { status } = await service.ask(
      "POST",
      `/queues/${queue.name}/messages`,
      { messages: [{ body: "a" }] },
      headers,
    );
    assert.equal(status, 201);
  }
});
