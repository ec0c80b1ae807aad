/**
 * The public codes of failures, by which clients tell them apart (docs/ERRORS.md). A code never changes: a kind of failure that
 * gets another name keeps its code here.
 */
import type { FailureKind } from "../domain/failure.ts";

/** The codes that differ from the names of their kinds. */
const CODES: Partial<Readonly<Record<FailureKind, string>>> = {
  "body-late": "body-timeout",
  "field-type": "field-type-invalid",
  "in-flight-too-much": "bytes-in-flight-too-many",
  "messages-none": "messages-empty",
  "objects-too-many": "capacity-exhausted",
  "place-occupied": "queue-not-empty",
  "pool-uri-taken": "pool-uri-in-use",
  "pool-used": "pool-in-use",
};

export function codeOf(kind: FailureKind): string {
  return CODES[kind] ?? kind;
}
