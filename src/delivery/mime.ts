/**
 * The text of mails (RFC 5322 and MIME): headers, and one part of plain text. It is ASCII with short lines only, so that every
 * server accepts it, and no value can end the header that it is in.
 */
import { toBase64 } from "../domain/base64.ts";
import type { Sender } from "../domain/mail-address.ts";
import type { EpochMs } from "../domain/time.ts";

export interface Mail {
  /** The same in every attempt, so that a mail that arrives twice can be recognised. ASCII, without blanks. */
  readonly id: string;
  readonly from: Sender;
  /** An address. */
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

/** The mail with lines that end in CRLF, the last one too. `now`: its date. */
export function encodeMail({ id, from, to, subject, text }: Mail, now: EpochMs): string {
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  const body = encodeBody(text);
  const headers = [
    `Date: ${new Date(now).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}@${domain}>`,
    `From: ${encodeSender(from, "From: ".length)}`,
    `To: <${to}>`,
    `Subject: ${encodeText(subject, "Subject: ".length)}`,
    // Keeps automatic replies, such as out-of-office replies, from answering (RFC 3834).
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Transfer-Encoding: ${body.encoding}`,
  ];
  return [...headers, "", ...body.lines, ""].join("\r\n");
}

/** `column`: characters of the line before it. */
function encodeSender({ name, address }: Sender, column: number): string {
  if (name === "") return `<${address}>`;
  if (!isPlain(name)) return `${encodeWords(name, column)}${FOLD}<${address}>`;
  const phrase = `"${name.replace(/["\\]/g, "\\$&")}"`;
  const isShort = column + phrase.length + address.length + 3 <= HEADER_LINE_MAX;
  return `${phrase}${isShort ? " " : FOLD}<${address}>`;
}

function encodeText(text: string, column: number): string {
  return isPlain(text) ? text : encodeWords(text, column);
}

/** The fold of a header into its next line, which readers see as a blank. */
const FOLD = "\r\n ";
/** Characters that a line of a header should have at most (RFC 5322 section 2.1.1). */
const HEADER_LINE_MAX = 78;

/** Whether a text needs no encoding in a header: blanks at its ends would be lost, and `=?` would begin an encoded word. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]{0,60}$/.test(text) && text === text.trim() && !text.includes("=?");
}

/** Characters of a line with an encoded word (RFC 2047 section 2), and of the word's frame. */
const WORD_LINE_MAX = 76;
const FRAME = "=?utf-8?B??=".length;

/** Encoded words, on lines of their own. None of them splits a character. */
function encodeWords(text: string, column: number): string {
  const words: string[] = [];
  let word = "";
  let bytesMax = bytesOfWord(column);
  for (const character of text) {
    if (byteLength(word + character) > bytesMax) {
      words.push(word);
      word = "";
      bytesMax = bytesOfWord(1);
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${toBase64(toBytes(part))}?=`).join(FOLD);
}

/** Bytes of text in an encoded word that begins at this column: base64 makes four characters of three bytes. */
function bytesOfWord(column: number): number {
  return Math.floor((WORD_LINE_MAX - column - FRAME) / 4) * 3;
}

/** Characters of a line, without its end (RFC 5322 section 2.1.1). */
const LINE_MAX = 998;
/** Bytes that make a line of 76 characters of base64. */
const LINE_BYTES = 57;

interface EncodedBody {
  readonly encoding: "7bit" | "base64";
  readonly lines: readonly string[];
}

/** The body without an encoding where that is possible, so that it is readable in every program. */
function encodeBody(text: string): EncodedBody {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.every((line) => line.length <= LINE_MAX && /^[\t\x20-\x7e]*$/.test(line)))
    return { encoding: "7bit", lines };
  const bytes = toBytes(lines.join("\r\n"));
  const encoded: string[] = [];
  for (let start = 0; start < bytes.length; start += LINE_BYTES) {
    encoded.push(toBase64(bytes.subarray(start, start + LINE_BYTES)));
  }
  return { encoding: "base64", lines: encoded };
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function byteLength(text: string): number {
  return toBytes(text).length;
}
