import type { Failure } from "./failure.ts";
import type { Result } from "./result.ts";

/** Carries a Failure up to the one place per transport that answers it. The only thrown form of an expected failure. */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** The value of a Result, or a thrown Refusal. Only transports (and operations run by them) call it. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.failure);
}
