/** Subscribers that are called with a token of Keystone: the hosts that may get one, and the user of the token. */
import { describe, expect, test } from "vitest";
import { blocked, invalid, toResult, type AttemptResult, type Courier } from "../../src/delivery/courier.ts";
import { TrustCourier, type TrustDeps } from "../../src/delivery/trust.ts";
import type { Target } from "../../src/domain/delivery.ts";
import { toProjectId, type TrustId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(1_700_000_000_000);
const PROJECT = toProjectId("p1");
const MISTRAL = "trust+https://mistral.example:8989/v2/executions";
const DELIVERED: AttemptResult = { outcome: "delivered", reason: null, status: 201, retryAfter: null, isFinal: false };

/** A webhook courier that records its requests. */
class Wire implements Courier {
  readonly targets: Target[] = [];
  readonly forgotten: TrustId[] = [];
  result = DELIVERED;

  async send(target: Target): Promise<AttemptResult> {
    this.targets.push(target);
    return this.result;
  }

  deliver(
    { subscriber = MISTRAL, options = { trust_id: "t1" } }: { readonly subscriber?: string; readonly options?: object },
    deps: Partial<TrustDeps> = {},
  ): Promise<AttemptResult> {
    const courier = new TrustCourier({
      webhook: this,
      hosts: ["mistral.example:8989"],
      publicUrl: "https://mq.example/messaging",
      project: PROJECT,
      tokenOf: async (trust) => ({ value: `token of ${trust}`, project: PROJECT }),
      forget: (trust) => this.forgotten.push(trust),
      ...deps,
    });
    const target = {
      subscriber,
      options: JSON.stringify(options) as JsonText,
      queuePolicy: null,
      secrets: [],
      agreed: true,
    };
    return courier.send(target, { id: "m_s", document: "{}", hops: 0 }, NOW);
  }

  get headers(): unknown {
    return (JSON.parse(this.targets[0]?.options ?? "{}") as { readonly post_headers?: unknown }).post_headers;
  }
}

describe("a request", () => {
  test.each([
    ["carries the token", {}, { "X-Auth-Token": "token of t1" }],
    ["carries it among the subscriber's headers", { A: "b" }, { "X-Auth-Token": "token of t1", A: "b" }],
    ["carries the subscriber's own instead", { "X-Auth-Token": "own" }, { "X-Auth-Token": "own" }],
    ["carries it where there are no headers", null, { "X-Auth-Token": "token of t1" }],
  ])("%s", async (_, headers, sent) => {
    const wire = new Wire();
    const options = { trust_id: "t1", post_headers: headers, post_data: "a" };
    expect(await wire.deliver({ options })).toEqual(DELIVERED);
    expect(wire.headers).toEqual(sent);
    expect(wire.targets[0]).toMatchObject({ subscriber: MISTRAL });
    expect(wire.targets[0]?.options).toContain('"post_data":"a"');
  });

  test("that was refused because of its token uses a new one the next time", async () => {
    const wire = new Wire();
    wire.result = { ...DELIVERED, outcome: "refused", status: 401, isFinal: true };
    expect(await wire.deliver({})).toEqual({ ...wire.result, isFinal: false });
    expect(wire.forgotten).toEqual(["t1"]);
    wire.result = { ...DELIVERED, outcome: "refused", status: 403, isFinal: true };
    expect(await wire.deliver({})).toEqual(wire.result);
    expect(wire.forgotten).toEqual(["t1"]);
  });
});

describe("hosts that may be sent a token", () => {
  test.each([
    ["mistral.example:8989", "trust+https://mistral.example:8989/"],
    ["mistral.example:8989", "trust+http://MISTRAL.example:8989/x?y"],
    ["mistral.example", "trust+https://mistral.example/"],
    ["mistral.example", "trust+http://mistral.example:80/"],
    ["mistral.example:443", "trust+https://mistral.example/"],
    ["10.0.0.7:8989", "trust+http://10.0.0.7:8989/"],
  ])("%s covers %s", async (host, subscriber) => {
    expect(await new Wire().deliver({ subscriber }, { hosts: [host] })).toEqual(DELIVERED);
  });

  test.each([
    ["mistral.example:8989", "trust+https://mistral.example/"],
    ["mistral.example", "trust+https://mistral.example:8989/"],
    ["mistral.example", "trust+https://evil.example/"],
    ["mistral.example", "trust+https://mistral.example.evil.example/"],
    ["mistral.example", "trust+https://evil.example\\@mistral.example/"],
    ["mistral.example:443", "trust+http://mistral.example/"],
  ])("%s does not cover %s", async (host, subscriber) => {
    const wire = new Wire();
    const tokenOf = () => Promise.reject(new Error("not to be asked"));
    expect(await wire.deliver({ subscriber }, { hosts: [host], tokenOf })).toEqual(blocked("untrusted"));
    expect(wire.targets).toEqual([]);
  });
});

test("a subscriber with the trusted host as its user name is sent nothing", async () => {
  const wire = new Wire();
  const tokenOf = () => Promise.reject(new Error("not to be asked"));
  const subscriber = "trust+https://mistral.example@evil.example/";
  expect(await wire.deliver({ subscriber }, { hosts: ["mistral.example"], tokenOf })).toEqual(invalid("subscriber"));
  expect(wire.targets).toEqual([]);
});

describe("the service itself", () => {
  test("may be sent a token", async () => {
    expect(await new Wire().deliver({ subscriber: "trust+https://mq.example/messaging/v2/queues" })).toEqual(DELIVERED);
  });

  test.each([
    ["by another scheme", "trust+http://mq.example/messaging/v2/queues"],
    ["at another port", "trust+https://mq.example:8443/messaging/v2/queues"],
    ["beside it", "trust+https://mq.example/other"],
  ])("but not what is at its host %s", async (_, subscriber) => {
    const wire = new Wire();
    expect(await wire.deliver({ subscriber })).toEqual(blocked("untrusted"));
    expect(wire.targets).toEqual([]);
  });
});

describe("without a token", () => {
  test.each([
    ["because no trust is named", { options: {} }, {}, invalid("options")],
    ["because the trust is no text", { options: { trust_id: 7 } }, {}, invalid("options")],
    ["because the trust is over", {}, { tokenOf: async () => null }, invalid("options")],
    [
      "because the trust is of another project",
      {},
      { tokenOf: async () => ({ value: "t", project: toProjectId("p2") }) },
      blocked("trust"),
    ],
    [
      "because Keystone cannot be asked",
      {},
      { tokenOf: () => Promise.reject(new Error("no")) },
      toResult("unreachable", "keystone"),
    ],
  ])("nothing is sent: %s", async (_, delivery, deps, result) => {
    const wire = new Wire();
    expect(await wire.deliver(delivery, deps)).toEqual(result);
    expect(wire.targets).toEqual([]);
  });
});
