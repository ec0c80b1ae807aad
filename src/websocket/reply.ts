/** What a frame is answered. Bodies are JSON text, as over HTTP. */
import type { Failure } from "../domain/failure.ts";
import type { Notice } from "../domain/notice.ts";
import { toAnswer } from "../wire/failures.ts";

export interface Reply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly notices?: readonly Notice[];
  /** The code in the body of a failure, for the log. */
  readonly code?: string;
}

export function reply(status: number, body: string, notices?: readonly Notice[]): Reply {
  return notices === undefined || notices.length === 0 ? { status, body } : { status, body, notices };
}

/** A success with further notices. */
export function withNotices(answer: Reply, further: readonly Notice[]): Reply {
  if (further.length === 0 || answer.status >= 300) return answer;
  return { ...answer, notices: [...(answer.notices ?? []), ...further] };
}

/** Upstream quirk: some successes are answered by a sentence. */
export function sentence(status: number, text: string, notices?: readonly Notice[]): Reply {
  return reply(status, JSON.stringify(text), notices);
}

/** The codes of defects that only frames and connections have (docs/ERRORS.md). */
export const FRAME_CODES = [
  "frame-unparsable",
  "frame-type-unsupported",
  "frame-invalid",
  "action-unknown",
  "project-mismatched",
  "credential-too-large",
  "connections-too-many",
] as const;
type FaultCode = (typeof FRAME_CODES)[number] | "unauthenticated";

/** The answer to a frame that reaches no action. `description`: ours, in addition to upstream's words. */
export function fault(status: number, code: FaultCode, error: string, description?: string): Reply {
  return { status, body: JSON.stringify({ error, code, description }), code };
}

/**
 * The statuses and descriptions are those of HTTP. `whatFailed`: what could not be done; only the service's failures state it.
 */
export function refused(failure: Failure, whatFailed: string | null): Reply {
  const { status, title, description, code } = toAnswer(failure);
  const error = status >= 500 ? whatFailed : null;
  return { status, body: JSON.stringify({ exception: description ?? title, error, code }), code };
}

export const NOT_AUTHENTICATED = fault(403, "unauthenticated", "Not authentified.");
export const SCHEMA_VIOLATED = schemaViolated();

export function schemaViolated(description?: string): Reply {
  return fault(400, "frame-invalid", "Schema validation failed.", description);
}
