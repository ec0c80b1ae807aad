import type { Failure } from "./failure.ts";

/** An expected outcome: a value or a failure. Plain data, because the class of an Error does not survive object RPC. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}
