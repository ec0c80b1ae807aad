/** What people read when a command fails: one sentence, and what to do about it. */
import { SukkalError } from "../error.ts";
import type { Connection, Credential } from "./connection/connection.ts";
import { isLoopback } from "./connection/loopback.ts";
import { EXIT, exitCodeOf, Failure, Interrupted } from "./exit-code.ts";
import { onManyLines } from "./terminal/display-text.ts";
import { duration } from "./terminal/units.ts";

/** What the explanation of a failure may need to know. */
export interface Circumstances {
  readonly connection: Connection;
  /** The names that the credential is for all begin with it; empty: it is for all. Asked for where it may be the reason. */
  readonly prefix: () => Promise<string>;
  /** Whether there is an `ADMIN_API_KEY`. */
  readonly hasOperatorKey: boolean;
}

/** Adds to the failure of a request which service it was, and what helps. */
export async function explain(
  error: SukkalError,
  { connection, prefix, hasOperatorKey }: Circumstances,
): Promise<unknown> {
  const { url, credential } = connection;
  // What is wrong with the answer, in full.
  if (error.cause instanceof Failure) return error.cause;
  if (error.status === 0)
    return new Failure(`${url} ${reasonOf(error)}.`, { exitCode: EXIT.unavailable, hint: hintOf(url) });
  const exitCode = exitCodeOf(error);
  const list = LISTS.get(error.code);
  // The message says which one, and nobody looks for it in the log of the service.
  if (list !== undefined)
    return new Failure(error.description.replace(/\.?$/, "."), { exitCode, hint: `${list} lists what there is.` });
  const known = hintOfCode(error.code);
  if (known !== undefined) return new Failure(sentenceOf(error), { exitCode, hint: known });
  const later = laterOf(error);
  if (later !== null) return new Failure(sentenceOf(error), { exitCode, hint: later });
  if (exitCode !== EXIT.notAllowed) return error;
  const hint = error.status === 401 ? hintOfKey(credential, hasOperatorKey) : hintOfRights(connection, await prefix());
  return new Failure(sentenceOf(error), { exitCode, hint });
}

function laterOf({ retryAfter, status }: SukkalError): string | null {
  if (retryAfter !== null && retryAfter > 0) return `The service asks to try again in ${duration(retryAfter)}.`;
  return status >= 300 && status < 400
    ? "Name that address with --url, SUKKAL_URL or the context, if it is right."
    : null;
}

/** An error that nobody expects. After a connection it is mostly the answer of another server, in which members are missing. */
export function unforeseen(error: Error, { url }: Connection): Failure {
  const [, place = "unknown"] = /\n\s+at (?:async )?([^\s(]+)/.exec(error.stack ?? "") ?? [];
  return new Failure(`The answer of ${url} is not understood: ${error.message}.`, {
    hint: `Is another server at this address? sukkal doctor checks it. Otherwise it is a defect of this program (${place}).`,
    cause: error,
  });
}

const HINTS_OF_CODES: ReadonlyMap<string, string> = new Map([
  ["quota-exceeded", "sukkal quota show shows the quotas, and what is used of them."],
]);

/** What helps against failures with this code, whatever their credential. */
export function hintOfCode(code: string): string | undefined {
  return HINTS_OF_CODES.get(code);
}

/** What lists that of which one was not found, by the code of the failure. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ["queue-not-found", "sukkal queue list"],
  ["topic-not-found", "sukkal topic list"],
  ["subscription-not-found", "sukkal sub list"],
]);

function hintOf(url: string): string {
  // A service on another machine is not started from here.
  return isLoopback(url)
    ? "Start a service with sukkal dev, or name another with --url, SUKKAL_URL or a context."
    : "Check the address. sukkal doctor shows how far the way to the service works.";
}

function hintOfKey(credential: Credential, hasOperatorKey: boolean): string {
  const why = hasOperatorKey ? "ADMIN_API_KEY is a credential of sukkal key and sukkal quota only. " : "";
  return credential.kind === "none"
    ? `${why}Give an API key with SUKKAL_KEY, or add a context with one: sukkal context add NAME --url URL --key -`
    : `The ${credential.kind} is from ${sourceOf(credential)}: check that it belongs to this service and is still valid.`;
}

function hintOfRights({ project }: Connection, prefix: string): string {
  if (prefix !== "") return `The credential is for ${prefix}* only. sukkal whoami shows its rights.`;
  return `The credential has too few rights${project === null ? "" : ` for the project ${project}`}. sukkal whoami shows them.`;
}

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
    return lines(`error: ${onManyLines(error.message)}`, error.hint === null ? "" : `hint: ${onManyLines(error.hint)}`);
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
