/** Posts: the order of the checks, and the state after refused and repeated ones. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import type { ClientId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { joinBodies, type Post, type Posting } from "../../src/domain/message.ts";
import { QUOTA_NAMES, UNLIMITED, type Quotas } from "../../src/domain/quota.ts";
import { after, toSeconds } from "../../src/domain/time.ts";
import { withBareQueue, type BareQueue } from "../support/objects/bare-queue.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none" });
const UNBOUNDED = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;
const KEY = { key: "k", fingerprint: "of this body" };
const DEFECT = { kind: "messages-none" } as const;

interface PostOptions extends Partial<Omit<Post, "posting" | "client">> {
  readonly ttls?: readonly number[];
  readonly defect?: Posting["defect"];
}

function post(bare: BareQueue, { ttls = [600], defect, ...rest }: PostOptions = {}) {
  const runs = ttls.map((ttl) => ({ ttl, delay: null, count: 1, bodies: joinBodies(["1" as JsonText]) }));
  const posting = { runs, defect: defect ?? null, delayDefect: null };
  const client = "3381af922b9e11e3b19171861300734c" as ClientId;
  const whole = { client, size: 20, posting, idempotency: null, quotas: UNBOUNDED, ...rest };
  return bare.queue.post(whole, { limits, encryptedRuns: null }, bare.now);
}

describe("a post", () => {
  test("says when the first of its rows expires", () =>
    withBareQueue((bare) => {
      const outcome = post(bare, { ttls: [600, 300, 900] });
      expect(outcome).toMatchObject({ ok: true, value: { expiresAt: after(bare.now, toSeconds(300)) } });
    }));

  test("counts its receipt among them", () =>
    withBareQueue((bare) => {
      const outcome = post(bare, { ttls: [100_000], idempotency: KEY });
      const forgottenAt = after(bare.now, toSeconds(limits.idempotencyWindow));
      expect(outcome).toMatchObject({ ok: true, value: { expiresAt: forgottenAt } });
    }));

  test("that repeats another is answered as that one and writes nothing", () =>
    withBareQueue((bare) => {
      const first = post(bare, { ttls: [600, 600], idempotency: KEY });
      if (!first.ok) throw new Error("The first post is accepted.");
      expect(
        bare.rowsOf(() => {
          const again = post(bare, { ttls: [600, 600], idempotency: KEY });
          expect(again).toEqual({ ok: true, value: { block: first.value.block, expiresAt: null } });
        }),
      ).toBe(0);
    }));
});

describe("of several reasons to refuse a post", () => {
  const full = { ...UNBOUNDED, messages_per_queue: 0 };
  const large = { size: limits.maxMessagesPostSize + 1 };
  const other = { idempotency: { ...KEY, fingerprint: "of another body" } };

  test.each([
    ["the reused key goes first", { ...other, ...large, defect: DEFECT, quotas: full }, "idempotency-key-reused"],
    ["then the size", { ...large, defect: DEFECT, quotas: full }, "post-too-large"],
    ["then the document", { defect: DEFECT, quotas: full }, DEFECT.kind],
    ["then the quota", { quotas: full }, "quota-exceeded"],
  ])("%s, and no row is written", (_, options, kind) =>
    withBareQueue((bare) => {
      post(bare, { idempotency: KEY });
      expect(bare.rowsOf(() => expect(post(bare, options)).toMatchObject({ ok: false, failure: { kind } }))).toBe(0);
      expect(bare.list()).toHaveLength(1);
    }),
  );
});
