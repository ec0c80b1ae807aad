/** How the receiver of `dev` answers, as its flags say. */
import { duration } from "../terminal/units.ts";

export interface AnswerFlags {
  /** 0 to 1: the part of the requests that fails. */
  readonly fail?: number | undefined;
  /** Seconds before an answer. */
  readonly slow?: number | undefined;
  readonly status?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly delayMs: number;
}

const DONE = 204;
const FAILED = 500;

/** `--status` is the status of those that fail, or of all without `--fail`. `random`: from 0 to below 1. */
export function answerBy({ fail, slow = 0, status }: AnswerFlags, random: () => number): Answer {
  const share = fail ?? (status === undefined ? 0 : 1);
  return { status: random() < share ? (status ?? FAILED) : DONE, delayMs: slow * 1000 };
}

/** For people, such as `50 % are answered with 500, the others with 204, after 12 s`. */
export function describeAnswers({ fail, slow = 0, status }: AnswerFlags): string {
  const share = Math.round((fail ?? 0) * 100);
  const all = `are answered with ${fail === undefined || fail === 1 ? (status ?? (fail === 1 ? FAILED : DONE)) : DONE}`;
  const some = `are answered with ${DONE}, ${share} % of them with ${status ?? FAILED}`;
  return `${share > 0 && share < 100 ? some : all}${slow === 0 ? "" : `, after ${duration(slow)}`}`;
}

/** `50%` as 0.5. */
export function percentage(input: string): number {
  const [, digits] = /^(\d{1,3})%?$/.exec(input) ?? [];
  if (digits === undefined || Number(digits) > 100) throw new SyntaxError(`"${input}" is no percentage: write 50%`);
  return Number(digits) / 100;
}

/** A status that ends an exchange. */
export function answerStatus(input: string): number {
  if (/^[2-5]\d\d$/.test(input)) return Number(input);
  throw new SyntaxError(`"${input}" is no status of an answer: write 200 to 599`);
}
