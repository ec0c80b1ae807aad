/** What all commands have in common: the flags for the connection and the form of the output, the client, Ctrl-C. */
import {
  buildCommand,
  type BaseFlags,
  type BaseArgs,
  type Command,
  type FlagParametersForType,
  type Aliases,
  type TypedPositionalParameters,
} from "@stricli/core";
import type { Readable } from "node:stream";
import { SukkalError } from "../error.ts";
import { Sukkal } from "../sukkal.ts";
import type { SukkalOptions } from "../transport.ts";
import { flag, text, valueFlag } from "./arguments.ts";
import { boundedFetch } from "./connection/bounded-fetch.ts";
import { connectionOf, type Connection, type ConnectionFlags } from "./connection/connection.ts";
import { variable } from "./connection/variables.ts";
import { explain, unforeseen } from "./errors.ts";
import { endingOf, Interrupted, type ExitCode } from "./exit-code.ts";
import { helpPainter, helpText, type HelpDefinition, type HelpSource, type ShownArguments } from "./help-text.ts";
import { proposalsOf, type Proposing } from "./proposals.ts";
import { Output } from "./terminal/output.ts";
import type { Stream } from "./terminal/stream.ts";

/** The process of a command. */
export interface Cli extends Proposing {
  readonly process: {
    readonly stdout: Stream;
    readonly stderr: Stream;
    readonly env: NodeJS.ProcessEnv;
    /** That of the command. One that a command sets counts in place of that of its outcome. */
    exitCode?: ExitCode;
  };
  readonly stdin: Keyboard;
  /** Aborts at Ctrl-C, at SIGTERM and when nobody reads standard output any more. Its reason is an `Ending`. */
  readonly signal: AbortSignal;
  /** Aborts at the second Ctrl-C. */
  readonly forced: AbortSignal;
}

/** Standard input, which may be a terminal. */
export type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

interface CommonFlags extends ConnectionFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a command works with. */
export interface Session {
  readonly cli: Cli;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** The flags that name a service, for commands that connect by themselves. */
  readonly connectionFlags: ConnectionFlags;
  readonly connection: () => Promise<Connection>;
  /** Whether the command has asked for its connection. */
  readonly hasConnected: () => boolean;
  /** The client of the service. */
  readonly sukkal: () => Promise<Sukkal>;
  /** The same for commands of many requests, which go on after a short outage. */
  readonly patientSukkal: () => Promise<Sukkal>;
  /** The service of another context, for commands of two services. */
  readonly other: (context: string) => Promise<{ readonly connection: Connection; readonly sukkal: Sukkal }>;
}

export interface Definition<Flags extends object, Args extends BaseArgs> extends HelpDefinition {
  readonly flags?: FlagParametersForType<NoInfer<Flags>, Cli>;
  readonly aliases?: Aliases<keyof NoInfer<Flags> & string>;
  readonly args?: TypedPositionalParameters<NoInfer<Args>, Cli>;
  /** Whether `ADMIN_API_KEY` is a credential of the command. */
  readonly isForOperators?: boolean;
  readonly run: (session: Session, flags: Flags, ...args: Args) => Promise<void>;
}

const COMMON_FLAGS: FlagParametersForType<CommonFlags, Cli> = {
  context: {
    kind: "parsed",
    parse: text,
    proposeCompletions: proposalsOf("contexts"),
    optional: true,
    placeholder: "name",
    brief: "context to use",
  },
  url: valueFlag(text, "url", "address of the service"),
  project: valueFlag(text, "id", "project"),
  json: flag("print JSON, lists one document a line"),
  quiet: flag("print data only, no hints"),
};

export function command<Flags extends object, Args extends BaseArgs = []>(
  definition: Definition<Flags, Args>,
): Command<Cli> {
  const { brief, flags, aliases, args, isForOperators = false, run } = definition;
  // The types of the definition were checked above; the library cannot infer those of a merged object.
  const all = { ...(flags as HelpSource["flags"]), ...(COMMON_FLAGS as HelpSource["flags"]) };
  const letters = { ...(aliases as HelpSource["aliases"]), q: "quiet" };
  const parameters = {
    flags: all,
    aliases: letters,
    ...(args === undefined ? {} : { positional: args }),
  };
  const built = buildCommand<BaseFlags, BaseArgs, Cli>({
    docs: { brief },
    parameters: parameters as never,
    async func(given, ...positional) {
      const session = sessionOf(this, given, isForOperators);
      try {
        await run(session, given as Flags, ...(positional as unknown as Args));
      } catch (error) {
        if (this.signal.aborted) {
          const ending = endingOf(this.signal);
          if (ending === "reader-gone") return;
          throw new Interrupted(ending);
        }
        throw await explainedOf(session, error);
      }
    },
  });
  const source = { definition, args: args as ShownArguments | undefined, flags: all, aliases: letters };
  // The help of the library has no placeholders of values, and takes a list of arguments for one.
  return Object.assign(built, {
    formatHelp: ({ prefix, ansiColor }: Parameters<typeof built.formatHelp>[0]) =>
      helpText(source, prefix, helpPainter(ansiColor)),
  });
}

/** The failure of a command as people read it. */
export async function explainedOf(session: Session, error: unknown): Promise<unknown> {
  const isUnforeseen = error instanceof TypeError || error instanceof RangeError;
  if (isUnforeseen && session.hasConnected()) return unforeseen(error, await session.connection());
  if (!(error instanceof SukkalError)) return error;
  const { env } = session.cli.process;
  return explain(error, {
    connection: await session.connection(),
    prefix: () => queuePrefix(session),
    hasOperatorKey: variable(env, "ADMIN_API_KEY") !== null,
  });
}

/** Empty too if the service does not tell. */
async function queuePrefix({ sukkal, signal }: Session): Promise<string> {
  try {
    const { caller } = await (await sukkal()).service({ signal });
    return caller.queue_prefix;
  } catch {
    return "";
  }
}

function sessionOf(cli: Cli, flags: CommonFlags, isForOperators: boolean): Session {
  const { stdout, stderr, env } = cli.process;
  const output = new Output({ stdout, stderr, env, isJson: flags.json === true, isQuiet: flags.quiet === true });
  let connecting: Promise<Connection> | null = null;
  const warn = output.warn.bind(output);
  const surroundings = { env, signal: cli.signal, warn, isForOperators };
  const connection = (): Promise<Connection> => (connecting ??= connectionOf(flags, surroundings));
  const hasConnected = (): boolean => connecting !== null;
  let client: Promise<Sukkal> | null = null;
  const sukkal = (): Promise<Sukkal> => (client ??= connection().then((to) => clientOf(to, output)));
  const patient = (to: Connection): Sukkal => clientOf(to, output, { retries: PATIENT_RETRIES });
  const patientSukkal = async (): Promise<Sukkal> => patient(await connection());
  const other = async (context: string): Promise<Awaited<ReturnType<Session["other"]>>> => {
    const to = await connectionOf({ context }, surroundings);
    return { connection: to, sukkal: patient(to) };
  };
  return {
    cli,
    output,
    signal: cli.signal,
    connectionFlags: flags,
    connection,
    hasConnected,
    sukkal,
    patientSukkal,
    other,
  };
}

/** A client for a connection. What the service ignores in a request is shown once. */
export function clientOf(connection: Connection, output: Output, { retries = RETRIES } = {}): Sukkal {
  return new Sukkal({ ...optionsOf(connection, output), retries });
}

/** The same as options. They retry as commands of many requests do. */
export function optionsOf({ url, project, credential }: Connection, output: Output): SukkalOptions {
  const shown = new Set<string>();
  const onNotice = (notice: string): void => {
    if (!shown.has(notice)) output.warn(notice);
    shown.add(notice);
  };
  return {
    url,
    ...(project === null ? {} : { project }),
    ...(credential.kind === "key" ? { key: credential.key } : {}),
    ...(credential.kind === "token" ? { token: credential.token } : {}),
    retries: PATIENT_RETRIES,
    retryAfterMax: RETRY_AFTER_MAX,
    fetch: boundedFetch,
    onNotice,
  };
}

/** Seconds. A service that wants to be asked again later has refused: a command that sleeps would look as if it hung. */
const RETRY_AFTER_MAX = 30;
/** A person waits: the answer is wanted now, or the reason why there is none. */
const RETRIES = 1;
/** About 12 s. */
const PATIENT_RETRIES = 7;
