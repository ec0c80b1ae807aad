/** The lease arithmetic. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { checkNewClaim, checkRenewal, extendLife } from "../../src/domain/claim.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none" });
const NONE = { ttl: null, grace: null, limit: null };

describe("a new claim", () => {
  test("has the service's defaults", () => {
    expect(checkNewClaim(NONE, limits)).toEqual({ ok: true, value: { lease: { ttl: 300, grace: 60 }, limit: 10 } });
  });

  test.each([[{ ttl: 60 }], [{ ttl: 43_200 }], [{ grace: 60 }], [{ grace: 43_200 }], [{ limit: 1 }], [{ limit: 20 }]])(
    "may have %j",
    (parts) => {
      expect(checkNewClaim({ ...NONE, ...parts }, limits).ok).toBe(true);
    },
  );

  test.each([
    [{ ttl: 59 }, "claim ttl"],
    [{ ttl: 43_201 }, "claim ttl"],
    [{ grace: 59 }, "claim grace"],
    [{ grace: 43_201 }, "claim grace"],
    [{ limit: 0 }, "limit"],
    [{ limit: 21 }, "limit"],
    [{ ttl: 0, grace: 0, limit: 0 }, "claim ttl"],
    [{ grace: 0, limit: 0 }, "limit"],
  ])("may not have %j: %s", (parts, quantity) => {
    expect(checkNewClaim({ ...NONE, ...parts }, limits)).toMatchObject({ failure: { kind: "out-of-range", quantity } });
  });
});

describe("a renewal", () => {
  test("has the defaults, not what the claim had", () => {
    expect(checkRenewal(NONE, limits)).toEqual({ ok: true, value: { ttl: 300, grace: 60 } });
  });

  test.each([
    [1, 1],
    [999_999, 999_999],
    [-5, 0],
    [2 ** 63, 31_536_000_000],
  ])("has no range for its grace: %d is kept as %d", (grace, kept) => {
    expect(checkRenewal({ ttl: 60, grace }, limits)).toEqual({ ok: true, value: { ttl: 60, grace: kept } });
  });

  test.each([59, 43_201])("has one for its ttl: not %d", (ttl) => {
    expect(checkRenewal({ ttl, grace: null }, limits)).toMatchObject({ failure: { quantity: "claim ttl" } });
  });
});

describe("a claimed message's life", () => {
  const lease = { ttl: toSeconds(300), grace: toSeconds(60) };
  const NOW = toEpochMs(1_000_000);
  const stretched = (seconds: number): unknown =>
    extendLife({ ttl: toSeconds(seconds), expiresAt: toEpochMs(NOW + seconds * 1000) }, lease, NOW);

  test("that would end before the claim ends with its grace", () => {
    const longer = { ttl: 360, expiresAt: NOW + 360_000 };
    expect(stretched(60)).toEqual(longer);
    expect(stretched(299)).toEqual(longer);
  });

  test.each([300, 330, 360, 3600])("of %d s is left alone", (seconds) => {
    expect(stretched(seconds)).toBeNull();
  });
});
