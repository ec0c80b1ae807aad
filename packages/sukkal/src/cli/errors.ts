/** What people read when a command fails: one sentence, and what to do about it. */
import { SukkalError } from "../error.ts";
import type { Connection, Credential } from "./connection/connection.ts";
import { EXIT, Failure, Interrupted } from "./exit-code.ts";
import { onManyLines } from "./terminal/display-text.ts";

/** Adds to the failure of a request which service it was, and what helps. */
export function explain(error: unknown, { url, credential, project }: Connection): unknown {
  if (!(error instanceof SukkalError)) return error;
  if (error.status === 0) {
    const hint = "Start a service with sukkal dev, or name another with --url, SUKKAL_URL or a context.";
    return new Failure(`${url} ${reasonOf(error)}.`, { exitCode: EXIT.unavailable, hint });
  }
  const hint = HINTS[error.status]?.({ credential, project });
  return hint === undefined ? error : new Failure(sentenceOf(error), { exitCode: EXIT.notAllowed, hint });
}

const HINTS: Readonly<Record<number, (connection: Pick<Connection, "credential" | "project">) => string>> = {
  401: ({ credential }) =>
    credential.kind === "none"
      ? "Give an API key with SUKKAL_KEY, or add a context with one: sukkal context add NAME --url URL --key -"
      : `The ${credential.kind} is from ${sourceOf(credential)}: check that it belongs to this service and is still valid.`,
  403: ({ project }) =>
    `The credential has too few rights${project === null ? "" : ` for the project ${project}`}. sukkal whoami shows them.`,
};

function sourceOf(credential: Exclude<Credential, { readonly kind: "none" }>): string {
  return credential.source;
}

/** Node has the reason of a failed connection in the cause of its cause. */
function reasonOf(error: SukkalError): string {
  if (error.title.includes("in time")) return "did not answer in time";
  const cause = error.cause instanceof Error ? (error.cause.cause ?? error.cause) : null;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return `cannot be reached${code === "" ? "" : ` (${code})`}`;
}

/** An error as people read it. A bug has a stack, everything else a sentence. */
export function describe(error: unknown): string {
  if (error instanceof Interrupted) return error.ending;
  if (error instanceof Failure)
    return lines(`error: ${onManyLines(error.message)}`, error.hint === null ? "" : `hint: ${error.hint}`);
  if (error instanceof SukkalError) return `error: ${onManyLines(sentenceOf(error))}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The server's words, its stable code, and the id under which its log has the request. */
function sentenceOf({ message, code, requestId }: SukkalError): string {
  return `${message} [${code}${requestId === null ? "" : `, ${requestId}`}]`;
}

function lines(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n");
}
