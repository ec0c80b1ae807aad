/** The lines of a stream, without reading all of it first. */
import { TEXT_MAX } from "../arguments.ts";
import { Failure } from "../exit-code.ts";

export interface Line {
  /** Without the line break and blanks at both ends. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

const LINE_BREAK = 0x0a;

/** Lines that are not blank. null: the next one is not there yet, so what waits for more lines should not wait any longer. */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Line | null, void, undefined> {
  // Lines are found before they are decoded: a character may be in two chunks, and a defect is then in a line of a known number.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  const toLine = (bytes: Uint8Array): Line | null => {
    number++;
    const text = decoded(decoder, bytes, number).trim();
    return text === "" ? null : { text, number };
  };
  let waiting: Buffer[] = [];
  let bytesWaiting = 0;
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk as Uint8Array);
    for (let end = rest.indexOf(LINE_BREAK); end >= 0; end = rest.indexOf(LINE_BREAK)) {
      const line = toLine(Buffer.concat([...waiting, rest.subarray(0, end)]));
      waiting = [];
      bytesWaiting = 0;
      rest = rest.subarray(end + 1);
      if (line !== null) yield line;
    }
    waiting.push(rest);
    bytesWaiting += rest.length;
    if (bytesWaiting > TEXT_MAX) throw new Failure(`Line ${number + 1} is longer than 64 MiB.`);
    yield null;
  }
  const last = toLine(Buffer.concat(waiting));
  if (last !== null) yield last;
}

function decoded(decoder: TextDecoder, bytes: Uint8Array, number: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Failure(`Line ${number} is not UTF-8.`);
  }
}
