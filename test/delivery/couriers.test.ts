/** The courier of each kind of subscriber. A kind that is unknown here may be known to the next version. */
import { expect, test } from "vitest";
import { sendBy, type Couriers } from "../../src/delivery/couriers.ts";
import type { Target } from "../../src/domain/delivery.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const TARGET: Omit<Target, "subscriber"> = {
  options: "{}" as JsonText,
  queuePolicy: null,
  secrets: [],
  agreed: true,
};

test.each(["carrier-pigeon:loft", "", "no scheme"])("%j fails, and may be retried", async (subscriber) => {
  const request = { id: "1", document: "{}", hops: 0 };
  const result = await sendBy({} as Couriers, { ...TARGET, subscriber }, request, toEpochMs(0));
  expect(result).toEqual({ outcome: "invalid", reason: "subscriber", status: null, retryAfter: null, isFinal: false });
});
