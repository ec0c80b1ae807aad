/**
 * Decodes MessagePack to JSON text without building objects. So 64-bit integers keep their digits, a float stays a float (`1.0`),
 * and memory is allocated only for bytes that were read. A decoder that builds objects loses the difference between 1 and 1.0,
 * and allocates arrays of the length in their headers.
 */
import type { JsonText } from "../domain/json.ts";
import { err, ok, type Result } from "../domain/result.ts";

type DefectKind = "body-unparsable" | "integer-too-large";

/**
 * The only value in `bytes`, as JSON text. NaN and the infinities become Python's words for them. A binary value that is UTF-8
 * counts as a text, because older encoders have no other type. Failures: `integer-too-large` for an integer beyond signed 64
 * bits, else `body-unparsable`: cut short, followed by more, not UTF-8, an extension type, or a key that is not a text.
 */
export function decodeMessagePack(bytes: Uint8Array): Result<JsonText, DefectKind> {
  try {
    return ok(new Reader(bytes).read());
  } catch (fault) {
    if (fault instanceof Defect) return err({ kind: fault.kind });
    throw fault;
  }
}

class Defect extends Error {
  readonly kind: DefectKind;

  constructor(kind: DefectKind = "body-unparsable") {
    super(kind);
    this.kind = kind;
  }
}

/** An array or map that is being read. */
interface Container {
  readonly isMap: boolean;
  /** Elements or pairs that are still to come. */
  left: number;
  isEmpty: boolean;
}

/** `fatal` refuses invalid UTF-8, surrogates included. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LATIN1 = new TextDecoder("latin1");
const INT64_MAX = 2n ** 63n - 1n;

const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  /** A character for each byte: most texts are parts of it. One call of a decoder for each text would cost most of the time. */
  private readonly plain: string;
  private at = 0;
  private json = "";
  /** A stack instead of recursion, because only the size of a frame limits its nesting. */
  private readonly open: Container[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.plain = LATIN1.decode(bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): JsonText {
    this.readValue();
    for (let inner = this.open.at(-1); inner !== undefined; inner = this.open.at(-1)) {
      if (inner.left > 0) this.readMember(inner);
      else {
        this.json += inner.isMap ? "}" : "]";
        this.open.pop();
      }
    }
    if (this.at !== this.bytes.length) throw new Defect();
    // Every value was written as valid JSON.
    return this.json as JsonText;
  }

  private readMember(container: Container): void {
    if (!container.isEmpty) this.json += ",";
    container.isEmpty = false;
    container.left--;
    if (container.isMap) this.readKey();
    this.readValue();
  }

  private readKey(): void {
    const length = this.textLength(this.uint(1));
    if (length === null) throw new Defect();
    this.json += `${this.text(length)}:`;
  }

  /** Reads a scalar, or opens a container. */
  private readValue(): void {
    const type = this.uint(1);
    const length = this.textLength(type);
    if (length !== null) this.json += this.text(length);
    else if (type <= 0x7f) this.json += type;
    else if (type <= 0x8f) this.enter(true, type & 0x0f);
    else if (type <= 0x9f) this.enter(false, type & 0x0f);
    else if (type >= 0xe0) this.json += type - 0x100;
    else this.readTyped(type);
  }

  /** Reads a value of a type whose first byte does not contain the value. */
  private readTyped(type: number): void {
    switch (type) {
      case 0xc0:
        this.json += "null";
        return;
      case 0xc2:
        this.json += "false";
        return;
      case 0xc3:
        this.json += "true";
        return;
      case 0xca:
        this.json += toFloatText(this.view.getFloat32(this.advance(4)));
        return;
      case 0xcb:
        this.json += toFloatText(this.view.getFloat64(this.advance(8)));
        return;
      case 0xcc:
      case 0xcd:
      case 0xce:
        this.json += this.uint(2 ** (type - 0xcc));
        return;
      case 0xcf:
        this.json += this.uint64();
        return;
      case 0xd0:
        this.json += this.view.getInt8(this.advance(1));
        return;
      case 0xd1:
        this.json += this.view.getInt16(this.advance(2));
        return;
      case 0xd2:
        this.json += this.view.getInt32(this.advance(4));
        return;
      case 0xd3:
        this.json += this.view.getBigInt64(this.advance(8));
        return;
      case 0xdc:
      case 0xdd:
        this.enter(false, this.uint(type === 0xdc ? 2 : 4));
        return;
      case 0xde:
      case 0xdf:
        this.enter(true, this.uint(type === 0xde ? 2 : 4));
        return;
      default:
        throw new Defect();
    }
  }

  private enter(isMap: boolean, left: number): void {
    this.json += isMap ? "{" : "[";
    this.open.push({ isMap, left, isEmpty: true });
  }

  /** Bytes of the text or binary value with this first byte; null: it is of another type. */
  private textLength(type: number): number | null {
    if (type >= 0xa0 && type <= 0xbf) return type & 0x1f;
    if (type >= 0xd9 && type <= 0xdb) return this.uint(2 ** (type - 0xd9));
    if (type >= 0xc4 && type <= 0xc6) return this.uint(2 ** (type - 0xc4));
    return null;
  }

  private text(length: number): string {
    const start = this.advance(length);
    const end = start + length;
    if (this.isPlain(start, end)) return `"${this.plain.slice(start, end)}"`;
    try {
      return JSON.stringify(UTF8.decode(this.bytes.subarray(start, end)));
    } catch {
      throw new Defect();
    }
  }

  /** Whether these bytes are ASCII that JSON does not escape. */
  private isPlain(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = this.bytes[at] ?? 0;
      if (byte < SPACE || byte > TILDE || byte === QUOTE || byte === BACKSLASH) return false;
    }
    return true;
  }

  private uint(size: number): number {
    const at = this.advance(size);
    if (size === 1) return this.view.getUint8(at);
    return size === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  private uint64(): bigint {
    const value = this.view.getBigUint64(this.advance(8));
    if (value > INT64_MAX) throw new Defect("integer-too-large");
    return value;
  }

  /** Skips `size` bytes and returns the index of the first. Throws if fewer bytes are left. */
  private advance(size: number): number {
    const { at } = this;
    if (size > this.bytes.length - at) throw new Defect();
    this.at = at + size;
    return at;
  }
}

/** The text of a float as in Python: always with a point or an exponent. */
function toFloatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
