/**
 * Encodes JSON text as MessagePack without building objects, so that integers keep 64 bits and `1.0` stays a float. A first pass
 * counts the members of each array and object, because MessagePack has their number first. A second pass writes.
 */
import { endOfValue, type JsonText } from "../domain/json.ts";

/**
 * Encodes each value in its shortest form. Python's NaN and infinities are floats. Integers beyond 64 bits, and numbers with a
 * point or an exponent, become floats of 64 bits. A lone surrogate becomes U+FFFD, because UTF-8 cannot express it.
 */
export function encodeMessagePack(json: JsonText): Uint8Array<ArrayBuffer> {
  return new Writer(json).write();
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const QUOTE = 0x22;

/** The number of members of every object and array, in the order in which they begin. */
function countMembers(json: JsonText): number[] {
  const counts: number[] = [];
  const open: number[] = [];
  let at = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    const inner = open.at(-1);
    if (code <= SPACE || code === COLON) at++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      at++;
    } else if (code === COMMA) {
      if (inner !== undefined) counts[inner] = (counts[inner] ?? 0) + 1;
      at++;
    } else {
      // The first member. Each further one follows a comma.
      if (inner !== undefined && counts[inner] === 0) counts[inner] = 1;
      if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        open.push(counts.length);
        counts.push(0);
        at++;
      } else at = endOfValue(json, at);
    }
  }
  return counts;
}

const UTF8 = new TextEncoder();
const INTEGER = /^-?\d+$/;
/** Bytes of the longest header or number. */
const HEAD_MAX = 9;

const UINT32_MAX = 2 ** 32 - 1;
const INT32_MIN = -(2 ** 31);
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);
/** The longest text of a 64-bit integer. A longer one would be slow to parse. */
const INT64_LENGTH_MAX = 20;

class Writer {
  private readonly json: JsonText;
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private at = 0;

  constructor(json: JsonText) {
    this.json = json;
    this.bytes = new Uint8Array(json.length + HEAD_MAX);
    this.view = new DataView(this.bytes.buffer);
  }

  write(): Uint8Array<ArrayBuffer> {
    const { json } = this;
    const counts = countMembers(json);
    let container = 0;
    let at = 0;
    while (at < json.length) {
      const code = json.charCodeAt(at);
      if (code === OPEN_BRACE) this.head(MAP, counts[container++] ?? 0);
      else if (code === OPEN_BRACKET) this.head(ARRAY, counts[container++] ?? 0);
      else if (code > SPACE && !isPunctuation(code)) {
        const end = endOfValue(json, at);
        if (code === QUOTE) this.text(json.slice(at, end));
        else this.scalar(json.slice(at, end));
        at = end;
        continue;
      }
      at++;
    }
    return this.bytes.subarray(0, this.at);
  }

  /** `raw`: with its quotes. */
  private text(raw: string): void {
    const text = raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
    const bytes = UTF8.encode(text);
    this.head(TEXT, bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private scalar(text: string): void {
    if (text === "null") this.byte(0xc0);
    else if (text === "false") this.byte(0xc2);
    else if (text === "true") this.byte(0xc3);
    else if (INTEGER.test(text)) this.integer(text);
    else this.float(Number(text));
  }

  private integer(text: string): void {
    const value = Number(text);
    if (Number.isSafeInteger(value)) this.smallInteger(value);
    else if (text.length > INT64_LENGTH_MAX) this.float(value);
    else this.largeInteger(BigInt(text));
  }

  private smallInteger(value: number): void {
    if (value >= -0x20 && value <= 0x7f) this.byte(value & 0xff);
    else if (value > UINT32_MAX || value < INT32_MIN) this.largeInteger(BigInt(value));
    else if (value >= 0) this.sized(value <= 0xff ? 0xcc : value <= 0xffff ? 0xcd : 0xce, value);
    else this.sized(value >= -0x80 ? 0xd0 : value >= -0x8000 ? 0xd1 : 0xd2, value);
  }

  private largeInteger(value: bigint): void {
    if (value > UINT64_MAX || value < INT64_MIN) {
      this.float(Number(value));
      return;
    }
    this.byte(value < 0 ? 0xd3 : 0xcf);
    this.reserve(8);
    this.view.setBigUint64(this.at, BigInt.asUintN(64, value));
    this.at += 8;
  }

  private float(value: number): void {
    this.byte(0xcb);
    this.reserve(8);
    this.view.setFloat64(this.at, value);
    this.at += 8;
  }

  private head({ short, shortMax, long }: Heading, count: number): void {
    if (count <= shortMax) this.byte(short | count);
    else {
      const size = long.find(({ max }) => count <= max);
      if (size === undefined) throw new Error("A value has more members than MessagePack can state.");
      this.sized(size.type, count);
    }
  }

  /** Writes a type, and a number of 1, 2 or 4 bytes, which follow from the type. */
  private sized(type: number, value: number): void {
    this.reserve(HEAD_MAX);
    this.view.setUint8(this.at, type);
    const size = SIZES[type] ?? 4;
    if (size === 1) this.view.setUint8(this.at + 1, value & 0xff);
    else if (size === 2) this.view.setUint16(this.at + 1, value & 0xffff);
    else this.view.setUint32(this.at + 1, value >>> 0);
    this.at += size + 1;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  private reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + size));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** The encodings of a length or a number of members, for one type. */
interface Heading {
  readonly short: number;
  readonly shortMax: number;
  readonly long: readonly { readonly type: number; readonly max: number }[];
}

const TEXT: Heading = {
  short: 0xa0,
  shortMax: 0x1f,
  long: [
    { type: 0xd9, max: 0xff },
    { type: 0xda, max: 0xffff },
    { type: 0xdb, max: UINT32_MAX },
  ],
};
const ARRAY: Heading = {
  short: 0x90,
  shortMax: 0x0f,
  long: [
    { type: 0xdc, max: 0xffff },
    { type: 0xdd, max: UINT32_MAX },
  ],
};
const MAP: Heading = {
  short: 0x80,
  shortMax: 0x0f,
  long: [
    { type: 0xde, max: 0xffff },
    { type: 0xdf, max: UINT32_MAX },
  ],
};

/** Bytes of the number after a type; 4 for types that are not listed. */
const SIZES: Readonly<Record<number, number>> = {
  0xcc: 1,
  0xd0: 1,
  0xd9: 1,
  0xcd: 2,
  0xd1: 2,
  0xda: 2,
  0xdc: 2,
  0xde: 2,
};

function isPunctuation(code: number): boolean {
  return code === COMMA || code === COLON || code === CLOSE_BRACE || code === CLOSE_BRACKET;
}
