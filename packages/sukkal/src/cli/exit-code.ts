/** How the command line ends: its exit codes, and the failures that choose them. */
import { SukkalError } from "../error.ts";

/** docs/CLI.md lists them. `check` has the codes of monitoring plugins instead. */
export const EXIT = {
  done: 0,
  /** The service has refused the request, or a command has failed in another way. */
  refused: 1,
  /** The command line itself is wrong: an unknown command, flag or value. */
  usage: 2,
  notFound: 3,
  /** The credential is missing, wrong, or has too few rights. */
  notAllowed: 4,
  /** The service does not answer, or is overloaded. */
  unavailable: 5,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
  /** 128 and the number of SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = number;

/** A failure that a person can do something about. Its message is one sentence; the hint says what to do. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | null;

  constructor(
    message: string,
    { exitCode = EXIT.refused, hint, cause }: { exitCode?: ExitCode; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = "Failure";
    this.exitCode = exitCode;
    this.hint = hint ?? null;
  }
}

/** Why a command is to end early, as the reason of the signal of its session. `reader-gone`: nobody reads its output any more. */
export type Ending = "interrupted" | "terminated" | "reader-gone";

const CODES_OF_ENDINGS: Readonly<Record<Ending, ExitCode>> = {
  interrupted: EXIT.interrupted,
  terminated: EXIT.terminated,
  // `head` has what it wanted.
  "reader-gone": EXIT.done,
};

/** The command was ended before it was done. */
export class Interrupted extends Error {
  readonly ending: Ending;

  constructor(ending: Ending = "interrupted") {
    super(ending);
    this.name = "Interrupted";
    this.ending = ending;
  }
}

export function endingOf(signal: AbortSignal): Ending {
  const reason: unknown = signal.reason;
  return reason === "terminated" || reason === "reader-gone" ? reason : "interrupted";
}

/** Failures with the status 403, as in OpenStack, for which other rights do not help. */
const CONFLICTS: ReadonlySet<string> = new Set(["quota-exceeded", "message-claimed", "pool-in-use"]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return CODES_OF_ENDINGS[error.ending];
  if (error instanceof Failure) return error.exitCode;
  if (!(error instanceof SukkalError)) return EXIT.refused;
  const { status, code } = error;
  if (CONFLICTS.has(code)) return EXIT.refused;
  if (status === 404) return EXIT.notFound;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return error.isRetryable ? EXIT.unavailable : EXIT.refused;
}
