/** The requests of the webhook courier, and the outcomes that follow from the answers. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { blocked, invalid, toResult } from "../../src/delivery/courier.ts";
import { UNANSWERED_MAX } from "../../src/delivery/circuit-breaker.ts";
import { HOST_ATTEMPTS_MAX } from "../../src/delivery/host-slots.ts";
import { signatureHeader } from "../../src/delivery/signature.ts";
import { ANSWER_MS_MAX } from "../../src/delivery/webhook.ts";
import type { WebhookSecret } from "../../src/domain/subscription.ts";
import { POST_DATA_CHARACTERS } from "../../src/wire/notifications.ts";
import { Network, NOW, REQUEST } from "../support/fakes/webhook-network.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" as WebhookSecret;

const PLAIN = {
  "content-type": "application/json",
  "user-agent": "Sukkal",
  "webhook-hops": "1",
  "webhook-id": "m1_s1",
  "webhook-timestamp": "1893456000",
};

afterEach(() => {
  vi.useRealTimers();
});

describe("the request", () => {
  test("is a POST of the document with these headers and no others, and follows no redirect", async () => {
    const network = new Network();
    await network.send();
    expect(network.calls).toMatchObject([{ url: network.url, init: { method: "POST", redirect: "manual" } }]);
    expect(network.headers).toEqual(PLAIN);
    expect(network.body).toBe(REQUEST.document);
  });

  test("is signed with every secret, over the body as it is sent", async () => {
    const network = new Network();
    const secrets = [SECRET, SECRET];
    await network.send({ secrets, options: { post_data: '{"is": "$zaqar_message$"}' } });
    const body = '{"is": {"body": "a"}}';
    expect(network.body).toBe(body);
    const signature = await signatureHeader(secrets, { id: "m1_s1", timestamp: 1_893_456_000, body });
    expect(network.headers).toEqual({ ...PLAIN, "webhook-signature": signature });
  });

  test("has the headers that the subscriber asks for, except those that it may not set", async () => {
    const network = new Network();
    const post_headers = {
      "X-Mine": "a b",
      "content-TYPE": "text/plain",
      "User-Agent": "Mine",
      Host: "internal",
      "Content-Length": "1",
      Connection: "close",
      "Transfer-Encoding": "chunked",
      Upgrade: "websocket",
      Expect: "100-continue",
      TE: "trailers",
      Trailer: "X-Mine",
      "Keep-Alive": "timeout=600",
      "Proxy-Connection": "keep-alive",
      "Webhook-Id": "forged",
      "webhook-signature": "forged",
      "webhook-other": "forged",
    };
    await network.send({ options: { post_headers } });
    expect(network.headers).toEqual({ ...PLAIN, "content-type": "text/plain", "user-agent": "Mine", "x-mine": "a b" });
  });

  test("goes to the URL as it was checked, not as it was written", async () => {
    const network = new Network();
    await network.send({ subscriber: "HTTPS://EXAMPLE.com:443/a/../b c#part" });
    expect(network.calls[0]?.url).toBe("https://example.com/b%20c#part");
  });

  test.each([
    ["post_data that is no text", { post_data: {} }],
    [
      "post_data that makes a body too long",
      { post_data: '"$zaqar_message$"'.repeat(2).padEnd(POST_DATA_CHARACTERS + 9) },
    ],
    ["headers that are no object", { post_headers: "X: y" }],
    ["a header that is no text", { post_headers: { "X-Mine": 1 } }],
    ["a header that is none", { post_headers: { "X Mine": "a" } }],
    ["a header of two lines", { post_headers: { "X-Mine": "a\r\nX-Other: b" } }],
  ])("cannot be made with %s", async (_, options) => {
    const network = new Network();
    expect(await network.send({ options })).toEqual(invalid("options"));
    expect(network.calls).toEqual([]);
  });
});

describe("no call is made", () => {
  test.each([
    ["a private address", "http://192.168.0.1/", blocked("private")],
    ["this host", "http://127.0.0.1:8787/", blocked("private")],
    ["a metadata service", "http://169.254.169.254/", blocked("closed")],
    ["a metadata service by its name", "http://metadata.google.internal/", blocked("closed", false)],
    ["a closed port", "https://example.com:22/", blocked("port")],
    ["a private name, which may come to be allowed", "http://localhost/", blocked("private", false)],
    ["credentials in the URL", "https://user@example.com/", invalid("subscriber")],
    ["no URL", "http://", invalid("subscriber")],
    ["no host", "http:///example.com", invalid("subscriber")],
    ["another kind of subscriber", "mailto:a@example.com", invalid("subscriber")],
    ["no subscriber", "ftp://example.com/", invalid("subscriber")],
  ])("%s", async (_, subscriber, result) => {
    const network = new Network();
    expect(await network.send({ subscriber })).toEqual(result);
    expect(network.calls).toEqual([]);
  });

  test("private networks are called where the operator allows them", async () => {
    const network = new Network();
    for (const subscriber of ["http://10.0.0.1/", "http://localhost:3000/"]) {
      expect(await network.send({ subscriber, allowPrivate: true })).toMatchObject({ outcome: "delivered" });
    }
  });
});

describe("the answer", () => {
  test.each([
    [200, "delivered", false],
    [204, "delivered", false],
    [299, "delivered", false],
    [300, "refused", true],
    [307, "refused", true],
    [400, "refused", true],
    [401, "refused", true],
    [408, "refused", false],
    [410, "gone", true],
    [425, "refused", false],
    [429, "refused", false],
    [499, "refused", true],
    [500, "refused", false],
    [599, "refused", false],
  ])("%i is %s", async (status, outcome, isFinal) => {
    const network = new Network();
    network.answer = () => new Response(null, { status, headers: { Location: "https://elsewhere.example/" } });
    expect(await network.send()).toEqual({ outcome, reason: null, status, retryAfter: null, isFinal });
    expect(network.calls).toHaveLength(1);
  });

  test.each([
    [519, null],
    [520, "connection"],
    [521, "connection"],
    [522, "silence"],
    [523, "connection"],
    [524, "silence"],
    [525, "tls"],
    [526, "tls"],
    [527, null],
    [530, "dns"],
  ])("%i is from a proxy that says %s", async (status, reason) => {
    const network = new Network();
    network.answer = () => new Response(null, { status });
    expect(await network.send()).toMatchObject({ outcome: "refused", reason, status, isFinal: false });
  });

  test.each([
    [429, "7", 7],
    [503, "7", 7],
    [503, new Date(NOW + 90_000).toUTCString(), 90],
    [500, "7", null],
    [200, "7", null],
  ])("%i with Retry-After: %s", async (status, value, retryAfter) => {
    const network = new Network();
    network.answer = () => new Response(null, { status, headers: { "Retry-After": value } });
    expect(await network.send()).toMatchObject({ retryAfter });
  });

  test("no answer is unreachable", async () => {
    const network = new Network();
    network.answer = () => Promise.reject(new TypeError("Network connection lost."));
    expect(await network.send()).toEqual(toResult("unreachable", "connection"));
  });

  test.each([
    ["http://HOST/hook", "dns"],
    ["https://HOST/hook", "dns-or-tls"],
    ["https://8.8.8.8:8443/HOST", "tls"],
    ["https://[2606:4700:4700::1111]/HOST", "tls"],
  ] as const)("no answer from %s, with a working connection, is caused by %s", async (url, reason) => {
    const network = new Network();
    network.answer = () => Promise.reject(new Error("internal error; reference = a1b2"));
    const subscriber = url.replace("HOST", `${crypto.randomUUID()}.example`);
    expect(await network.send({ subscriber })).toEqual(toResult("unreachable", reason));
  });

  test("no answer for an unusual reason of the runtime is unreachable too", async () => {
    const network = new Network();
    network.answer = () => Promise.reject(new TypeError("No."));
    expect(await network.send()).toEqual(toResult("unreachable"));
  });

  test("no answer within ten seconds is a timeout", async () => {
    vi.useFakeTimers();
    const network = new Network();
    network.answer = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    let isOver = false;
    const sending = network.send().finally(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(ANSWER_MS_MAX - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await sending).toMatchObject({ outcome: "timeout", status: null });
  });
});

describe("the rest of the answer", () => {
  /** An endless body in chunks of the given size. */
  class Endless {
    pulled = 0;
    isCancelled = false;
    readonly body: ReadableStream<Uint8Array>;

    constructor(chunk: number, pause = 0) {
      this.body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          this.pulled++;
          if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
          controller.enqueue(new Uint8Array(chunk));
        },
        cancel: () => {
          this.isCancelled = true;
        },
      });
    }
  }

  test("is read up to a bound and not waited for", async () => {
    const network = new Network();
    const rest = new Endless(4096);
    network.answer = () => new Response(rest.body);
    expect(await network.send()).toMatchObject({ outcome: "delivered" });
    await Promise.all(network.background);
    expect(rest.isCancelled).toBe(true);
    expect(rest.pulled).toBeGreaterThanOrEqual(16);
    expect(rest.pulled).toBeLessThanOrEqual(18);
  });

  test("that trickles in is given up after a second", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const network = new Network();
    const rest = new Endless(1, 100);
    network.answer = () => new Response(rest.body);
    expect(await network.send()).toMatchObject({ outcome: "delivered" });
    await vi.advanceTimersByTimeAsync(1100);
    await Promise.all(network.background);
    expect(rest.isCancelled).toBe(true);
    expect(rest.pulled).toBeLessThanOrEqual(12);
  });
});

describe("a host", () => {
  test("that is dead is not called, whichever subscription it is for", async () => {
    const network = new Network();
    network.answer = () => Promise.reject(new TypeError("Network connection lost."));
    for (let attempt = 0; attempt < UNANSWERED_MAX; attempt++) await network.send();
    const other = network.url.replace("/hook", "/other");
    expect(await network.send({ subscriber: other })).toEqual({
      ...toResult("skipped", "silent-host"),
      retryAfter: 5,
    });
    expect(network.calls).toHaveLength(UNANSWERED_MAX);
  });

  test("that is dead for one scheme is called for the other", async () => {
    const network = new Network();
    network.answer = () => Promise.reject(new TypeError("Network connection lost."));
    for (let attempt = 0; attempt < UNANSWERED_MAX; attempt++) await network.send();
    network.answer = () => new Response(null, { status: 200 });
    const other = network.url.replace("https:", "http:");
    expect(await network.send({ subscriber: other })).toMatchObject({ outcome: "delivered" });
  });

  test("that does not answer one project is called for another", async () => {
    const network = new Network();
    network.answer = () => Promise.reject(new TypeError("Network connection lost."));
    for (let attempt = 0; attempt < UNANSWERED_MAX; attempt++) await network.send();
    network.answer = () => new Response(null, { status: 200 });
    expect(await network.send({ project: "p2" })).toMatchObject({ outcome: "delivered" });
  });

  test("whose places are all taken by one project has places for another", async () => {
    const network = new Network();
    let answer: (response: Response) => void = () => undefined;
    network.answer = () => new Promise((resolve) => (answer = resolve));
    void Array.from({ length: HOST_ATTEMPTS_MAX }, () => network.send());
    await vi.waitFor(() => expect(network.calls).toHaveLength(HOST_ATTEMPTS_MAX));
    const other = network.send({ project: "p2" });
    await vi.waitFor(() => expect(network.calls).toHaveLength(HOST_ATTEMPTS_MAX + 1));
    answer(new Response(null, { status: 200 }));
    expect(await other).toMatchObject({ outcome: "delivered" });
  });

  test("that is busy is called when it has room again", async () => {
    const network = new Network();
    let answer: (response: Response) => void = () => undefined;
    network.answer = () => new Promise((resolve) => (answer = resolve));
    const first = Array.from({ length: HOST_ATTEMPTS_MAX }, () => network.send());
    await vi.waitFor(() => expect(network.calls).toHaveLength(HOST_ATTEMPTS_MAX));
    const next = network.send();
    await scheduler.wait(120);
    expect(network.calls).toHaveLength(HOST_ATTEMPTS_MAX);
    network.answer = () => new Response(null, { status: 200 });
    answer(new Response(null, { status: 200 }));
    expect(await next).toMatchObject({ outcome: "delivered" });
    void first;
  });
});
