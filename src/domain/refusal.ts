import type { Failure, FailureKind } from "./failure.ts";
import type { Result } from "./result.ts";

/** The only thrown form of an expected failure. Each transport catches it in one place and answers with the failure. */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** Returns the value of a Result, or throws its failure as a Refusal. Only for transports and operations. */
export function unwrap<T>(result: Result<T, FailureKind>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.failure);
}
