import type { Failure, FailureKind, FailureOf } from "./failure.ts";

/**
 * An expected outcome: a value, or a failure of one of the kinds. Both are plain data, because the class of an Error does not
 * survive object RPC. The kinds are those of this version. During a rollout an object of a newer version may return another kind,
 * which readers treat as a temporary failure.
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
