import type { Failure, FailureKind, FailureOf } from "./failure.ts";

/**
 * An expected outcome: a value, or a failure of one of the kinds. Both are data, because an error's class does not survive
 * object RPC. The kinds are those of this version: during a rollout an object of a newer one may answer with another, and
 * readers treat a kind that they do not know as a failure of the moment.
 */
export type Result<T, Kind extends FailureKind> = Success<T> | Failed<FailureOf<Kind>>;

interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

interface Failed<F extends Failure> {
  readonly ok: false;
  readonly failure: F;
}

export function ok<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function err<F extends Failure>(failure: F): Failed<F> {
  return { ok: false, failure };
}
