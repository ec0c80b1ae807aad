/** Subscribers whose URL is the service itself: they are called inside the service. */
import { describe, expect, test } from "vitest";
import { blocked, toResult } from "../../src/delivery/courier.ts";
import { toOwnUrl } from "../../src/delivery/own-api.ts";
import { WebhookCourier } from "../../src/delivery/webhook.ts";
import { HOPS_MAX } from "../../src/domain/hops.ts";
import { toProjectId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(1_700_000_000_000);

describe("a subscriber is a resource of the service itself", () => {
  test.each([
    ["https://mq.example/v2/queues/a/messages", "https://mq.example", "https://mq.example/v2/queues/a/messages"],
    ["https://mq.example/v2?a=1", "https://mq.example", "https://mq.example/v2?a=1"],
    ["HTTPS://MQ.example:443/v2", "https://mq.example", "https://mq.example/v2"],
    ["https://mq.example/messaging/v2/queues", "https://mq.example/messaging", "https://mq.example/v2/queues"],
    ["https://mq.example/messaging", "https://mq.example/messaging/", "https://mq.example"],
    ["http://localhost:8787/v2", "http://localhost:8787", "http://localhost:8787/v2"],
    ["https://mq.example/a/../messaging/v2", "https://mq.example/messaging", "https://mq.example/v2"],
  ])("%s, when it is at %s", (text, publicUrl, url) => {
    expect(toOwnUrl(text, publicUrl)).toBe(url);
  });

  test.each([
    ["by another scheme", "http://mq.example/v2", "https://mq.example"],
    ["at another port", "https://mq.example:8443/v2", "https://mq.example"],
    ["at another host", "https://mq.example.org/v2", "https://mq.example"],
    ["at another path", "https://mq.example/other/v2", "https://mq.example/messaging"],
    ["at a path that begins like it", "https://mq.example/messaging2/v2", "https://mq.example/messaging"],
    ["outside of its path", "https://mq.example/messaging/../v2", "https://mq.example/messaging"],
    ["with credentials", "https://a:b@mq.example/v2", "https://mq.example"],
    ["at no URL", "https://", "https://mq.example"],
  ])("but not %s", (_, text, publicUrl) => {
    expect(toOwnUrl(text, publicUrl)).toBeNull();
  });
});

describe("a request to it", () => {
  const send = async (subscriber: string, answer: () => Promise<Response>, hops = 0) => {
    const inside: { readonly hops: number; readonly url: string; readonly init: RequestInit }[] = [];
    const courier = new WebhookCourier({
      rules: { allowPrivate: false },
      project: toProjectId("shop"),
      fetch: () => Promise.reject(new Error("not to be called")),
      recordSpan: null,
      own: {
        publicUrl: "http://localhost:8787/messaging",
        fetch: (hop, url, init) => {
          inside.push({ hops: hop, url, init });
          return answer();
        },
      },
      waitUntil: () => undefined,
      now: () => NOW,
    });
    const options = JSON.stringify({ post_headers: { "Client-ID": "c", "X-Auth-Token": "t" } }) as JsonText;
    const request = { id: "m_s", document: "{}", hops };
    const result = await courier.send(
      { subscriber, options, queuePolicy: null, secrets: [], agreed: true },
      request,
      NOW,
    );
    return { result, inside };
  };

  test("is made inside the service as by the network, also at an address that is closed to others", async () => {
    const { result, inside } = await send(
      "http://localhost:8787/messaging/v2/queues/a/messages?x=1",
      async () => new Response(null, { status: 201 }),
    );
    expect(result).toMatchObject({ outcome: "delivered", status: 201 });
    expect(inside.map(({ url }) => url)).toEqual(["http://localhost:8787/v2/queues/a/messages?x=1"]);
    expect(inside[0]?.init).toMatchObject({ method: "POST", body: "{}" });
    expect(Object.fromEntries(new Headers(inside[0]?.init.headers))).toMatchObject({
      "client-id": "c",
      "x-auth-token": "t",
      "webhook-id": "m_s",
    });
  });

  test("fails as by the network", async () => {
    const refused = await send("http://localhost:8787/messaging/v2", async () => new Response(null, { status: 403 }));
    expect(refused.result).toMatchObject({ outcome: "refused", status: 403, isFinal: true });
    const broken = await send("http://localhost:8787/messaging/v2", () => Promise.reject(new Error("no")));
    expect(broken.result).toEqual(toResult("unreachable"));
  });

  test("carries the number of hops, and stops at the maximum", async () => {
    const go = (hops: number) =>
      send("http://localhost:8787/messaging/v2", async () => new Response(null, { status: 201 }), hops);
    expect((await go(0)).inside.map(({ hops }) => hops)).toEqual([1]);
    expect((await go(HOPS_MAX - 1)).inside.map(({ hops }) => hops)).toEqual([HOPS_MAX]);
    expect(await go(HOPS_MAX)).toEqual({ result: blocked("hops"), inside: [] });
  });

  test("outside PUBLIC_URL, at the same host, goes by the network", async () => {
    const { result, inside } = await send("http://localhost:8787/other", async () => new Response());
    expect(result).toMatchObject({ outcome: "blocked", reason: "private" });
    expect(inside).toEqual([]);
  });
});
