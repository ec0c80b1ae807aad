/**
 * What a command prints. Standard output is data: a table on a terminal, lines separated by tabs in a pipe, JSON with `--json`.
 * Everything else goes to standard error.
 */
import { once } from "node:events";
import { toJson } from "../../json-text.ts";
import { onManyLines, onOneLine } from "./display-text.ts";
import { Progress, type ProgressOptions } from "./progress.ts";
import { widthOf, type Stream } from "./stream.ts";
import { painter, type Paint, type Style } from "./style.ts";
import { type Column, tabbed, tableOf } from "./table.ts";

export interface OutputOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: NodeJS.ProcessEnv;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
}

/** A line of a record: its name, its value, and what a person reads instead. */
export type Field = readonly [name: string, value: string | number | boolean | null, shown?: string];

/** Rows of which the widths of the columns are taken. Later rows come in further tables of the same size. */
const ROWS_PER_TABLE = 1000;

export class Output {
  /** Colours of standard output. */
  readonly paint: Paint;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Whether a person reads standard output. */
  readonly isTerminal: boolean;
  private readonly stdout: Stream;
  private readonly stderr: Stream;
  private readonly paintHint: Paint;
  /** The line of progress that is on the terminal. */
  private live: Progress | null = null;

  constructor({ stdout, stderr, env, isJson, isQuiet }: OutputOptions) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.isJson = isJson;
    this.isQuiet = isQuiet;
    this.isTerminal = stdout.isTTY === true && !isJson;
    this.paint = painter(stdout, env);
    this.paintHint = painter(stderr, env);
  }

  /** Columns of the terminal. */
  get columns(): number {
    return widthOf(this.stdout);
  }

  /**
   * A list: a table, lines separated by tabs, or one JSON document a line. `document`: a JsonText is printed as it is.
   * `empty`: the hint for an empty list.
   */
  async list<Row>(
    rows: AsyncIterable<Row> | Iterable<Row>,
    columns: readonly Column<Row>[],
    { document = (row) => row, empty }: { document?: (row: Row) => unknown; empty?: string } = {},
  ): Promise<void> {
    let count = 0;
    let waiting: Row[] = [];
    const flush = async (): Promise<void> => {
      const options = { columns: this.columns, paint: this.paint };
      for (const line of tableOf(waiting, columns, options)) await this.line(line);
      waiting = [];
    };
    for await (const row of rows) {
      count++;
      if (this.isJson) await this.line(toJson(document(row)));
      else if (!this.isTerminal) await this.line(tabbed(row, columns));
      else if (waiting.push(row) === ROWS_PER_TABLE) await flush();
    }
    if (waiting.length > 0) await flush();
    if (count === 0 && empty !== undefined) this.hint(empty);
  }

  /** One thing with its properties: a name and a value a line, or one JSON document. */
  async record(document: unknown, fields: readonly Field[]): Promise<void> {
    if (this.isJson) return this.line(toJson(document));
    const width = Math.max(...fields.map(([name]) => name.length));
    for (const [name, value, shown] of fields) {
      if (this.isTerminal) {
        const text = onOneLine(shown ?? String(value ?? "-"));
        await this.line(`${this.paint("quiet", name.padEnd(width))}  ${text}`);
      } else await this.line(`${name}\t${onOneLine(String(value ?? ""))}`);
    }
  }

  /** The result of a command that has one: an id or a text, which is printed with `--quiet` too. */
  async result(document: unknown, text: string): Promise<void> {
    if (this.isJson) return this.line(toJson(document));
    await this.line(this.isTerminal ? onManyLines(text) : text);
  }

  /** A line of data. On a terminal JSON has escapes for unsafe characters, with which it means the same. */
  line(text: string): Promise<void> {
    const isShown = this.isJson && this.stdout.isTTY === true;
    return this.write(this.stdout, `${isShown ? onManyLines(text) : text}\n`);
  }

  /** What a program of the user prints: exact in a pipe; on a terminal control characters are shown as escapes. */
  programOutput(name: "stdout" | "stderr"): (chunk: Uint8Array) => Promise<void> {
    const stream = this[name];
    if (stream.isTTY !== true) return (chunk) => this.write(stream, chunk);
    const decoder = new TextDecoder();
    return (chunk) => this.write(stream, onManyLines(decoder.decode(chunk, { stream: true })));
  }

  /** What has happened, for people. */
  done(text: string): void {
    if (!this.isQuiet) this.note("good", "✓", onOneLine(text));
  }

  /** What a person may do next. */
  hint(text: string): void {
    if (!this.isQuiet) this.note("quiet", onManyLines(text));
  }

  /** What a person should know even with `--quiet`. */
  warn(text: string): void {
    this.note("warning", "warning:", onOneLine(text));
  }

  /** One of several things that has failed, while the command goes on. */
  failed(text: string): void {
    this.note("bad", "✗", onOneLine(text));
  }

  /** The progress of a long command. It ends with the block of the variable: `using progress = output.progress(…)`. */
  progress(options: Omit<ProgressOptions, "stream" | "paint" | "isQuiet">): Progress {
    const progress = new Progress({ ...options, stream: this.stderr, paint: this.paintHint, isQuiet: this.isQuiet });
    this.live = progress;
    return progress;
  }

  private note(style: Style, painted: string, text?: string): void {
    this.live?.erase();
    this.stderr.write(`${this.paintHint(style, painted)}${text === undefined ? "" : ` ${text}`}\n`);
  }

  /** Waits while the reader of a pipe is slower. */
  private async write(stream: Stream, data: string | Uint8Array): Promise<void> {
    if (stream.errored != null) throw stream.errored;
    this.live?.erase();
    if (!stream.write(data)) await once(stream, "drain");
  }
}
