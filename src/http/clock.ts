import { toEpochMs, type EpochMs } from "../domain/time.ts";

/** The Worker's wall clock. Objects read their own. */
export function clock(): EpochMs {
  return toEpochMs(Date.now());
}
