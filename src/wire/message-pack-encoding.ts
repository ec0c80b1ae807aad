/**
 * Encodes JSON text as MessagePack, without objects in between, so that integers keep 64 bits and `1.0` stays a float. One pass
 * finds the members of each array and object, because MessagePack states their number first; a second pass writes.
 */
import { endOfValue, type JsonText } from "../domain/json.ts";

/**
 * Each value in its shortest form. Python's NaN and infinities are floats. An integer beyond 64 bits becomes a float, a number
 * with a point or an exponent a float of 64 bits. A lone surrogate becomes U+FFFD, because UTF-8 cannot express it.
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
const BACKSLASH = 0x5c;
const ASCII_MAX = 0x7f;

/** What the first pass finds. */
interface Outline {
  /** The number of members of every object and array, in the order in which they begin. */
  readonly counts: readonly number[];
  /** The index after every other value and after every key, in order. */
  readonly ends: readonly number[];
}

function outlineOf(json: JsonText): Outline {
  const counts: number[] = [];
  const ends: number[] = [];
  const open: number[] = [];
  let inner = -1;
  let at = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code <= SPACE || code === COLON) at++;
    else if (code === COMMA) {
      counts[inner] = (counts[inner] ?? 0) + 1;
      at++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      inner = open.at(-1) ?? -1;
      at++;
    } else {
      // The first member; a comma announces each further one.
      if (inner >= 0 && counts[inner] === 0) counts[inner] = 1;
      if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        inner = counts.length;
        open.push(inner);
        counts.push(0);
        at++;
      } else {
        at = endOfValue(json, at);
        ends.push(at);
      }
    }
  }
  return { counts, ends };
}

const UTF8 = new TextEncoder();
const INTEGER = /^-?\d+$/;
/** Bytes of the longest header or number. */
const HEAD_MAX = 9;
/** Characters up to which a text is written one by one: for these a call of the encoder costs more. */
const SHORT_TEXT = 64;

const UINT8_MAX = 0xff;
const UINT16_MAX = 0xffff;
const UINT32_MAX = 2 ** 32 - 1;
const INT32_MIN = -(2 ** 31);
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MIN = -(2n ** 63n);
/** More digits are certainly beyond 64 bits, and slow to parse. */
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
    const { counts, ends } = outlineOf(json);
    let container = 0;
    let scalar = 0;
    let at = 0;
    while (at < json.length) {
      const code = json.charCodeAt(at);
      if (code === OPEN_BRACE) this.head(MAP, counts[container++] ?? 0);
      else if (code === OPEN_BRACKET) this.head(ARRAY, counts[container++] ?? 0);
      else if (code > SPACE && code !== COMMA && code !== COLON && code !== CLOSE_BRACE && code !== CLOSE_BRACKET) {
        const end = ends[scalar++] ?? json.length;
        if (code === QUOTE) this.text(at, end);
        else this.scalar(json.slice(at, end));
        at = end;
        continue;
      }
      at++;
    }
    return this.bytes.subarray(0, this.at);
  }

  /** The JSON string between these indexes, its quotes included. */
  private text(start: number, end: number): void {
    if (end - start <= SHORT_TEXT && this.plainText(start + 1, end - 1)) return;
    const raw = this.json.slice(start, end);
    const bytes = UTF8.encode(raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1));
    this.head(TEXT, bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Writes ASCII without escapes. False: it is something else, and nothing is written. */
  private plainText(start: number, end: number): boolean {
    const { json, at: before } = this;
    this.head(TEXT, end - start);
    this.reserve(end - start);
    let to = this.at;
    for (let at = start; at < end; at++) {
      const code = json.charCodeAt(at);
      if (code > ASCII_MAX || code === BACKSLASH) {
        this.at = before;
        return false;
      }
      this.bytes[to++] = code;
    }
    this.at = to;
    return true;
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
    if (value >= -0x20 && value <= 0x7f) this.byte(value & UINT8_MAX);
    else if (value > UINT32_MAX || value < INT32_MIN) this.largeInteger(BigInt(value));
    else if (value >= 0) this.sized(0xcc, sizeOf(value), value);
    else this.sized(0xd0, value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4, value);
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

  private head({ short, shortMax, first, hasByte }: Heading, count: number): void {
    if (count <= shortMax) this.byte(short | count);
    else if (hasByte) this.sized(first, sizeOf(count), count);
    else this.sized(first - 1, count <= UINT16_MAX ? 2 : 4, count);
  }

  /** A number behind its type. `first`: the type for a number of one byte; those for 2 and 4 bytes follow it. */
  private sized(first: number, size: Size, value: number): void {
    this.reserve(HEAD_MAX);
    this.view.setUint8(this.at, first + (size >> 1));
    if (size === 1) this.view.setUint8(this.at + 1, value & UINT8_MAX);
    else if (size === 2) this.view.setUint16(this.at + 1, value & UINT16_MAX);
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

/** Bytes. */
type Size = 1 | 2 | 4;

/** The least size for a number that is not negative. Longer lengths cannot occur: no text of the runtime has 2^32 characters. */
function sizeOf(value: number): Size {
  return value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : 4;
}

/** How a type states its length or its number of members. */
interface Heading {
  /** In the first byte, up to `shortMax`. */
  readonly short: number;
  readonly shortMax: number;
  /** The first type that states it in bytes of its own. */
  readonly first: number;
  /** Whether that is one byte; else it is two. */
  readonly hasByte: boolean;
}

const TEXT: Heading = { short: 0xa0, shortMax: 0x1f, first: 0xd9, hasByte: true };
const ARRAY: Heading = { short: 0x90, shortMax: 0x0f, first: 0xdc, hasByte: false };
const MAP: Heading = { short: 0x80, shortMax: 0x0f, first: 0xde, hasByte: false };
