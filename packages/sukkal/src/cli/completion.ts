/** What a shell asks for when Tab is pressed: `sukkal __complete WORDS…`, of which the last word is not complete. */
import { proposeCompletions, type Application, type InputCompletion } from "@stricli/core";
import { clientOf, type Cli } from "./command.ts";
import { readContexts } from "./connection/config-file.ts";
import { connectionOf, type ConnectionFlags } from "./connection/connection.ts";
import type { ProposalKind } from "./proposals.ts";
import { Output } from "./terminal/output.ts";

/** A person waits for the names. Those that have not come by then are left out. */
const TIMEOUT_MS = 1000;
const NAMES_MAX = 100;

/** Prints a proposal a line, with a tab and its meaning. Never fails: a shell has no place for errors. */
export async function complete(app: Application<Cli>, words: readonly string[], cli: Cli): Promise<void> {
  const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const propose = (kind: ProposalKind, partial: string): Promise<readonly string[]> =>
    namesOf(kind, { partial, flags: flagsIn(words), cli: { ...cli, signal } });
  const proposals = await proposeCompletions(app, words, { ...cli, propose });
  for (const { completion, brief } of withoutNeedlessFlags(proposals, words.at(-1) ?? ""))
    if (isPlain(completion)) cli.process.stdout.write(`${completion}\t${brief}\n`);
}

interface Wanted {
  readonly partial: string;
  readonly flags: ConnectionFlags;
  readonly cli: Cli;
}

async function namesOf(kind: ProposalKind, { partial, flags, cli }: Wanted): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const name of kind === "contexts" ? contexts(cli) : places(kind, { partial, flags, cli }))
      if (names.push(name) === NAMES_MAX) break;
  } catch {
    // Those that have come in time.
  }
  return names;
}

async function* contexts({ process: { env } }: Cli): AsyncGenerator<string, void, undefined> {
  yield* Object.keys((await readContexts(env, () => undefined)).contexts);
}

async function* places(
  kind: Exclude<ProposalKind, "contexts">,
  { partial, flags, cli: { process, signal } }: Wanted,
): AsyncGenerator<string, void, undefined> {
  const { env } = process;
  const connection = await connectionOf(flags, { env, signal, warn: () => undefined, isForOperators: false });
  const client = clientOf(connection, new Output({ ...process, isJson: false, isQuiet: true }));
  // The service looks for the text anywhere in the name.
  for await (const { name } of client[kind]({ ...(partial === "" ? {} : { name: partial }), signal }))
    if (name.startsWith(partial)) yield name;
}

/** The flags that name a service, as far as they are typed. */
function flagsIn(words: readonly string[]): ConnectionFlags {
  const valueOf = (flag: string): string | undefined => {
    const at = words.indexOf(flag);
    return at < 0 ? words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : words[at + 1];
  };
  return { context: valueOf("--context"), url: valueOf("--url"), project: valueOf("--project") };
}

/** Where values are known, flags are proposed only after a hyphen: they would hide the values. */
function withoutNeedlessFlags(proposals: readonly InputCompletion[], partial: string): readonly InputCompletion[] {
  const values = proposals.filter(({ kind }) => kind !== "argument:flag");
  return values.length === 0 || partial.startsWith("-") ? proposals : values;
}

/** A shell inserts the text into a command line, where other characters may have a meaning. */
function isPlain(text: string): boolean {
  return /^[\w.@:=/+-]+$/.test(text);
}
