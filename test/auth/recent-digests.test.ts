import { beforeEach, describe, expect, test } from "vitest";
import { RecentDigests } from "../../src/auth/recent-digests.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(1_000_000);
const TEXT = "sk_0123456789abcdef.project_secret";

let digests: RecentDigests;

beforeEach(() => {
  digests = new RecentDigests();
  digests.find(TEXT, NOW);
  digests.add(TEXT, "digest");
});

describe("the digest of a credential", () => {
  test("is found again", () => {
    expect(digests.find(TEXT, NOW)).toBe("digest");
  });

  test.each([
    ["another beginning", `X${TEXT.slice(1)}`],
    ["another middle", TEXT.replace(".project", ".Project")],
    ["another end", `${TEXT.slice(0, -1)}X`],
    ["more in front", `X${TEXT}`],
    ["less in front", TEXT.slice(1)],
    ["its end only", TEXT.slice(-6)],
    ["nothing", ""],
  ])("is not found by a text with %s", (_, text) => {
    expect(digests.find(text, NOW)).toBeNull();
  });

  test("is replaced by that of a text with the same end", () => {
    digests.add(`X${TEXT}`, "other");
    expect(digests.find(`X${TEXT}`, NOW)).toBe("other");
    expect(digests.find(TEXT, NOW)).toBeNull();
  });

  test.each([
    [59_999, "digest"],
    [60_000, null],
    [-59_999, "digest"],
    [-60_000, null],
  ])("%i ms later is %s", (later, expected) => {
    expect(digests.find(TEXT, toEpochMs(NOW + later))).toBe(expected);
  });

  test.each([
    [1024, "long"],
    [1025, null],
  ])("of %i characters is %s", (length, expected) => {
    const text = "x".repeat(length);
    digests.add(text, "long");
    expect(digests.find(text, NOW)).toBe(expected);
  });

  test("is one of a thousand: the oldest is forgotten first", () => {
    const other = (index: number): string => `credential-${String(index).padStart(6, "0")}`;
    for (let index = 1; index < 1000; index++) digests.add(other(index), "other");
    expect(digests.find(TEXT, NOW)).toBe("digest");
    digests.add(other(1000), "other");
    expect(digests.find(TEXT, NOW)).toBeNull();
    expect(digests.find(other(1), NOW)).toBe("other");
  });
});
