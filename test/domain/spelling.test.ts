/** The name that a misspelt one was probably meant to be. */
import { expect, test } from "vitest";
import { nearest } from "../../src/domain/spelling.ts";

const NAMES = ["_dead_letter_queue", "_default_message_ttl", "_flavor", "limit", "ttl"];

test.each<readonly [what: string, word: string, nearest: string | null]>([
  ["a letter is missing", "_dead_leter_queue", "_dead_letter_queue"],
  ["a letter is too many", "_dead_letterr_queue", "_dead_letter_queue"],
  ["a letter is another", "_dead-letter_queue", "_dead_letter_queue"],
  ["two letters are exchanged", "_dead_lettre_queue", "_dead_letter_queue"],
  ["two letters are missing", "_dead_ltter_quee", "_dead_letter_queue"],
  ["three letters are missing", "_dead_ltter_qeu", null],
  ["it is right", "limit", "limit"],
  ["one of five letters is missing", "limt", "limit"],
  ["two of five letters are others", "lomot", null],
  ["one of three letters is another", "ttk", "ttl"],
  ["two of three letters are others", "tab", null],
  ["it has two letters", "tt", null],
  ["it is empty", "", null],
])("%s: %s", (_, word, expected) => {
  expect(nearest(word, NAMES)).toBe(expected);
});

test("the fewest edits count, whatever the order of the names", () => {
  expect(nearest("_abcdef", ["_abcxyf", "_abcdxf"])).toBe("_abcdxf");
  expect(nearest("_abcdef", ["_abcdxf", "_abcxyf"])).toBe("_abcdxf");
});

test("a long word is compared with names of about its length only", () => {
  expect(nearest("_".repeat(65_536), NAMES)).toBeNull();
});
