/** The command line: its commands, and the texts of its errors. */
import {
  ArgumentScannerError,
  buildApplication,
  ExitCode as LibraryCode,
  type Application,
  type ApplicationText,
  type Command,
  type RouteMap,
  text_en as TEXT,
  help,
  run,
  version,
} from "@stricli/core";
import type { Cli } from "./command.ts";
import { ACK_COMMAND, CLAIM_COMMAND, RELEASE_COMMAND } from "./commands/claims.ts";
import { CHECK_COMMAND } from "./commands/check.ts";
import { COMPLETION_COMMAND } from "./commands/completion.ts";
import { CONSUME_COMMAND } from "./commands/consume.ts";
import { CONTEXT_COMMANDS } from "./commands/contexts.ts";
import { DEAD_LETTER_COMMANDS } from "./commands/dead-letters.ts";
import { DEV_COMMAND } from "./commands/dev.ts";
import { DOCTOR_COMMAND } from "./commands/doctor.ts";
import { KEY_COMMANDS } from "./commands/keys.ts";
import { LISTEN_COMMAND } from "./commands/listen.ts";
import { MESSAGE_COMMANDS, PEEK_COMMAND } from "./commands/messages.ts";
import { MIGRATE_COMMANDS } from "./commands/migrate.ts";
import { OPENAPI_COMMAND } from "./commands/openapi.ts";
import { OVERVIEW_COMMAND } from "./commands/overview.ts";
import { POST_COMMAND } from "./commands/post.ts";
import { QUEUE_COMMANDS } from "./commands/queues.ts";
import { QUOTA_COMMANDS } from "./commands/quotas.ts";
import { REDRIVE_COMMAND } from "./commands/redrive.ts";
import { SUBSCRIPTION_COMMANDS } from "./commands/subscriptions.ts";
import { TAIL_COMMAND } from "./commands/tail.ts";
import { TOP_COMMAND } from "./commands/top.ts";
import { TOPIC_COMMANDS } from "./commands/topics.ts";
import { COPY_COMMAND, EXPORT_COMMAND, IMPORT_COMMAND } from "./commands/transfer.ts";
import { PROJECT_COMMANDS, USAGE_COMMAND } from "./commands/usage.ts";
import { WHOAMI_COMMAND } from "./commands/whoami.ts";
import { complete } from "./completion.ts";
import { describe } from "./errors.ts";
import { group } from "./group.ts";
import { STATES, toLine } from "./places/thresholds.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-code.ts";
import { describeUsage } from "./usage-errors.ts";
import { inOrder } from "./words.ts";
import { VERSION } from "./version.ts";

const ROOT = group({
  brief: "Durable queues with leases, delays and dead letters",
  description: `Durable queues with leases, delays and dead letters.

A first try, in a checkout or with the package sukkal-server:
  sukkal dev                     serves on this machine
  sukkal post jobs '{"n": 1}'    creates the queue with its first message
  sukkal peek jobs               shows its messages, and takes none

Standard output is data: a table on a terminal, tabs in a pipe, JSON with --json. All other text
goes to standard error. The service is that of --url, SUKKAL_URL or a context, else
http://127.0.0.1:8787.`,
  commands: {
    MESSAGES: {
      post: POST_COMMAND,
      peek: PEEK_COMMAND,
      tail: TAIL_COMMAND,
      consume: CONSUME_COMMAND,
      claim: CLAIM_COMMAND,
      ack: ACK_COMMAND,
      release: RELEASE_COMMAND,
      message: MESSAGE_COMMANDS,
      export: EXPORT_COMMAND,
      import: IMPORT_COMMAND,
      copy: COPY_COMMAND,
    },
    "QUEUES AND TOPICS": {
      queue: QUEUE_COMMANDS,
      topic: TOPIC_COMMANDS,
      overview: OVERVIEW_COMMAND,
      top: TOP_COMMAND,
      check: CHECK_COMMAND,
      dead: DEAD_LETTER_COMMANDS,
      redrive: REDRIVE_COMMAND,
    },
    NOTIFICATIONS: {
      sub: SUBSCRIPTION_COMMANDS,
      listen: LISTEN_COMMAND,
    },
    "SERVICES AND CREDENTIALS": {
      dev: DEV_COMMAND,
      context: CONTEXT_COMMANDS,
      whoami: WHOAMI_COMMAND,
      doctor: DOCTOR_COMMAND,
      key: KEY_COMMANDS,
      quota: QUOTA_COMMANDS,
      migrate: MIGRATE_COMMANDS,
      usage: USAGE_COMMAND,
      project: PROJECT_COMMANDS,
      openapi: OPENAPI_COMMAND,
      completion: COMPLETION_COMMAND,
    },
  },
});

const FORMATTING = {
  useAliasInUsageLine: false,
  onlyRequiredInUsageLine: true,
  caseStyle: "convert-camel-to-kebab",
} as const;

const APP: Application<Cli> = buildApplication<Cli>(
  ROOT,
  {
    name: "sukkal",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    localization: { text: texts([], () => {}) },
    determineExitCode: exitCodeOf,
  },
  {
    help: help({ brief: "print this text", defaultForRouteMap: true, formatting: FORMATTING }),
    version: version({ brief: "print the version", info: { currentVersion: VERSION } }),
  },
);

/** Runs a command line and returns its exit code. */
export async function runCommandLine(given: readonly string[], cli: Cli): Promise<ExitCode> {
  if (given[0] === "__complete") return complete(APP, given.slice(1), cli).then(() => EXIT.done);
  const words = inOrder(given);
  const [first] = words;
  const process = processOf(cli);
  const wrong: string[] = [];
  const defaultText = texts(words, (sentence) => wrong.push(sentence));
  await run({ ...APP, defaultText }, words, { ...cli, process });
  const code = process.exitCode ?? EXIT.done;
  if (!USAGE_CODES.has(code)) return code;
  if (first !== "check") return EXIT.usage;
  // For a monitoring system the 2 of a wrong command line would be an alarm. It shows standard output only.
  process.stdout.write(`${toLine("UNKNOWN", [wrong.join(" ").replace(/\.$/, "")])}\n`);
  return STATES.UNKNOWN;
}

/** The codes of the library for a command line that it cannot understand. */
const USAGE_CODES: ReadonlySet<number> = new Set([LibraryCode.UnknownCommand, LibraryCode.InvalidArgument]);

/** The library sets the exit code of a process: this one has none of its own, so that several can run in one process. */
function processOf({ process: { stdout, stderr, env } }: Cli): Cli["process"] {
  return { stdout, stderr, env };
}

/** `words`: the command line. `onWrong` hears what is wrong with it. */
function texts(words: readonly string[], onWrong: (sentence: string) => void): ApplicationText {
  return {
    ...TEXT,
    briefs: { ...TEXT.briefs, argumentEscapeSequence: "what follows is an argument, even if it begins with -" },
    exceptionWhileParsingArguments: (error, hasColour) => {
      if (!(error instanceof ArgumentScannerError)) return withColour(describe(error), hasColour);
      const sentence = describeUsage(error, words);
      onWrong(sentence);
      return withColour(`error: ${sentence}\nhint: ${helpOf(words)} shows its arguments and flags.`, hasColour);
    },
    exceptionWhileRunningCommand: (error, hasColour) => withColour(describe(error), hasColour),
    noCommandRegisteredForInput: ({ input, corrections, ansiColor }) => {
      const meant = corrections.length === 0 ? "" : ` Did you mean ${corrections.join(" or ")}?`;
      return withColour(
        `error: There is no command "${input}".${meant}\nhint: sukkal --help lists the commands.`,
        ansiColor,
      );
    },
  };
}

/** The command line that prints the help of a command. */
function helpOf(words: readonly string[]): string {
  let target: RouteMap<Cli> | Command<Cli> | undefined = ROOT;
  const path: string[] = [];
  for (const word of words) {
    if (target === undefined || !("getRoutingTargetForInput" in target)) break;
    target = target.getRoutingTargetForInput(word);
    path.push(word);
  }
  return ["sukkal", ...path, "--help"].join(" ");
}

/** The library prints the whole text in bold red, which is for its first word only. */
function withColour(text: string, hasColour: boolean): string {
  if (!hasColour) return text;
  const plain = "\u001B[39m\u001B[22m";
  if (text.startsWith("error:")) return text.replace("error:", `error:${plain}`);
  // Whoever has pressed Ctrl-C knows it.
  return `${plain}\u001B[2m${text}\u001B[22m`;
}
