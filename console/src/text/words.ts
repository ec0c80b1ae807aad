/** Small numbers as words, and the forms of nouns. */
import { exact } from "./numbers.ts";

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"] as const;

/** `one`, `ten`, `11`. */
export function inWords(value: number): string {
  return WORDS[value] ?? exact(value);
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `1 message`, `3,438 messages`; `plural` for nouns that do not only add an s. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${exact(value)} ${value === 1 ? noun : plural}`;
}
