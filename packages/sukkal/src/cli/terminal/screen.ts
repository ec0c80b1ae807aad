/**
 * A screen of its own on the terminal, which is drawn again and again, and keys. The text that was there comes back at
 * the end.
 */
import type { Keyboard } from "../command.ts";
import type { Stream } from "./stream.ts";

const OPEN = "\u001B[?1049h\u001B[?25l";
const CLOSE = "\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
const ERASE_LINE = "\u001B[K";
const ERASE_BELOW = "\u001B[J";
const ROWS_DEFAULT = 24;

export class Screen implements Disposable {
  private readonly stdout: Stream;
  private readonly stdin: Keyboard;
  private readonly listener: (chunk: unknown) => void;

  /** `onKey` gets single characters. Ctrl-C is one of them: `\u0003`. */
  constructor(stdout: Stream, stdin: Keyboard, onKey: (key: string) => void) {
    this.stdout = stdout;
    this.stdin = stdin;
    this.listener = (chunk) => {
      for (const key of String(chunk)) onKey(key);
    };
    stdout.write(OPEN);
    if (stdin.isTTY !== true) return;
    stdin.setRawMode?.(true);
    stdin.on("data", this.listener);
  }

  get rows(): number {
    const { rows = 0 } = this.stdout;
    return rows > 0 ? rows : ROWS_DEFAULT;
  }

  /** Lines that are not wider than the terminal. Those that do not fit below are left out. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.rows).map((line) => line + ERASE_LINE);
    this.stdout.write(HOME + shown.join("\r\n") + ERASE_BELOW);
  }

  [Symbol.dispose](): void {
    if (this.stdin.isTTY === true) {
      this.stdin.off("data", this.listener);
      this.stdin.setRawMode?.(false);
      this.stdin.pause();
    }
    this.stdout.write(CLOSE);
  }
}
