/** Runs the transcripts of a document on a terminal, in their order. They print what the document shows. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { stepsOf, toPattern } from "../support/transcript-steps.ts";
import { seen } from "./command-line.ts";
import { runInTerminal } from "./terminal.ts";

const COLUMNS = 100;

export interface Transcripts {
  /** The text of the document, or a part of it. */
  readonly text: string;
  /** The addresses or ports of services in the document, and the actual ones. */
  readonly servers: readonly { readonly documented: string; readonly url: string }[];
  /** The working and home folder. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Further variables of the commands. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function checkTranscripts(t: TestContext, { text, servers, ...options }: Transcripts): Promise<void> {
  const steps = stepsOf(text);
  assert.ok(steps.length > 0);
  const commands = steps.map(({ command }) =>
    servers.reduce((replaced, { documented, url }) => replaced.replaceAll(documented, url), command),
  );
  const printed = await runInTerminal(commands, { columns: COLUMNS, ...options });
  for (const [index, { command, answer }] of steps.entries()) {
    await t.test(`$ ${command}`, () => {
      const output = printed[index];
      assert.ok(output !== undefined, "The command was not run, or did not end in time.");
      const named = servers.reduce((shown, { documented, url }) => shown.replaceAll(url, documented), seen(output));
      const shown = comparable(named);
      const expected = comparable(answer);
      // The failure shows the difference.
      if (!toPattern(expected, "[^]*?").test(shown)) assert.equal(shown, expected);
    });
  }
}

/** Before what a line shows now. Progress is drawn on slow machines only. */
const ERASE = "\r\u001B[K";

/** Some programs, such as jq, colour what they print in spite of NO_COLOR. */
// oxlint-disable-next-line no-control-regex -- The escape is one.
const COLOURS = /\u001B\[[\d;]*m/g;

/** `tail -F` begins before the program that writes the file. */
const EARLY = /^tail: .*\n/gm;

/** The widths of columns depend on texts that vary, such as the address of the service. */
function comparable(text: string): string {
  // Lines of headers end with a carriage return.
  const lines = text.replaceAll(COLOURS, "").replaceAll(EARLY, "").split(/\r?\n/);
  const shown = lines.map((line) => line.split(ERASE).at(-1));
  return shown.join("\n").trimEnd().replaceAll(/ {2,}/g, "  ");
}
