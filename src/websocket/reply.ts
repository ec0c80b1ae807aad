/** What a frame is answered. Bodies are JSON text, as over HTTP. */
import type { Failure } from "../domain/failure.ts";
import { toAnswer } from "../wire/failures.ts";

export interface Reply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

export function reply(status: number, body: string): Reply {
  return { status, body };
}

/** Upstream quirk: some successes are answered by a sentence. */
export function sentence(status: number, text: string): Reply {
  return { status, body: JSON.stringify(text) };
}

/** The answer to a frame that reaches no action. */
export function fault(status: number, error: string): Reply {
  return { status, body: JSON.stringify({ error }) };
}

/**
 * The statuses and descriptions are those of HTTP. `whatFailed`: what could not be done; only the service's failures state it.
 */
export function refused(failure: Failure, whatFailed: string | null): Reply {
  const { status, title, description } = toAnswer(failure);
  const error = status >= 500 ? whatFailed : null;
  return { status, body: JSON.stringify({ exception: description ?? title, error }) };
}

export const NOT_AUTHENTICATED = fault(403, "Not authentified.");
export const SCHEMA_VIOLATED = fault(400, "Schema validation failed.");
