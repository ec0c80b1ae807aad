/** Questions. They go to standard error, so that standard output stays data. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Session } from "../command.ts";
import { EXIT, Failure, Interrupted } from "../exit-code.ts";

interface Destruction {
  readonly what: string;
  readonly name: string;
  readonly yes?: boolean | undefined;
  /** How much it destroys, for the person who decides. */
  readonly extent?: () => Promise<string>;
}

/**
 * Asks for the name of what a command destroys, unless `--yes` was given. Without a terminal nobody can answer: it is
 * refused.
 */
export async function confirmByName(
  { cli, output, signal }: Pick<Session, "cli" | "output" | "signal">,
  { what, name, yes, extent }: Destruction,
): Promise<void> {
  if (yes === true) return;
  if (!canAsk(cli))
    throw new Failure(`${what} and cannot be undone.`, { exitCode: EXIT.usage, hint: "Say --yes if that is meant." });
  const much = extent === undefined ? "" : ` (${await extent()})`;
  output.warn(`${what}${much} and cannot be undone.`);
  const answer = await ask({ cli, signal }, `Type ${name} to go on: `);
  if (answer !== name) throw new Failure("Nothing was changed: the name was not typed.");
}

/** Whether a person says yes. No without an answer: after Ctrl-C, and where nobody can be asked. */
export async function askYesNo(session: Pick<Session, "cli" | "signal">, question: string): Promise<boolean> {
  if (!canAsk(session.cli)) return false;
  try {
    return /^y(es)?$/i.test((await ask(session, question)).trim());
  } catch (error) {
    if (error instanceof Interrupted) return false;
    throw error;
  }
}

function canAsk({ stdin, process }: Session["cli"]): boolean {
  return stdin.isTTY === true && process.stderr.isTTY === true;
}

/** One line of a person. `isSecret`: the terminal does not show it. */
export async function ask(
  { cli, signal }: Pick<Session, "cli" | "signal">,
  question: string,
  { isSecret = false }: { readonly isSecret?: boolean } = {},
): Promise<string> {
  const { stderr } = cli.process;
  // The reader itself shows what is typed.
  const shown = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const reader = createInterface({ input: cli.stdin, output: shown, ...(isSecret ? { terminal: true } : {}) });
  // From here on the terminal shows nothing by itself.
  if (isSecret) stderr.write(question);
  const leaving = new AbortController();
  // Ctrl-C arrives here, not as a signal of the process, while the reader has the terminal. Ctrl-D closes the reader.
  reader.once("SIGINT", () => leaving.abort());
  reader.once("close", () => leaving.abort());
  try {
    return await reader.question(question, { signal: AbortSignal.any([signal, leaving.signal]) });
  } catch (error) {
    if (signal.aborted || leaving.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    reader.close();
    if (isSecret) stderr.write("\n");
  }
}
