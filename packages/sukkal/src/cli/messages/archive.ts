/** The lines of `export`: one message each, with what a post of it needs. `import` reads them. */
import { createHash } from "node:crypto";
import { JsonText, membersIn } from "../../json-text.ts";
import type { Message } from "../../message.ts";
import { toMessageText } from "../../place.ts";
import { Failure } from "../exit-code.ts";
import { timesLeft, TTL_MIN } from "./all-messages.ts";
import type { Line } from "./lines.ts";
import type { Outgoing } from "./outgoing.ts";
import { timeOf, withBody } from "./view.ts";

/** A message that is posted with the id that it had elsewhere. */
export interface Moved extends Outgoing {
  /** null: the line has none. */
  readonly id: string | null;
}

/** `ttl` and `delay`: what was left when it was exported. */
export function toArchiveLine(message: Message<unknown>): string {
  const { ttl, delay } = timesLeft(message);
  const members = { id: message.id, created: timeOf(message.created), ttl, ...(delay === 0 ? {} : { delay }) };
  return withBody(members, message).text;
}

export function fromArchiveLine({ text, number }: Line): Moved {
  const origin = `Line ${number}`;
  let members: Readonly<Record<string, unknown>>;
  try {
    members = toObject(JSON.parse(text));
  } catch {
    throw new Failure(`${origin} is not a JSON object.`, { hint: HINT });
  }
  const [body] = membersIn(`{"messages":[${text}]}`, "body");
  if (body === undefined) throw new Failure(`${origin} has no member "body".`, { hint: HINT });
  const ttl = secondsOf(members["ttl"], `The ttl of line ${number}`);
  const delay = secondsOf(members["delay"], `The delay of line ${number}`);
  const times = { ...(ttl !== undefined && { ttl: Math.max(TTL_MIN, ttl) }), ...(delay !== undefined && { delay }) };
  const id = typeof members["id"] === "string" ? members["id"] : null;
  return { text: toMessageText(new JsonText(body), times), origin, id };
}

export function toMoved(message: Message<unknown>): Moved {
  const { ttl, delay } = timesLeft(message);
  const text = toMessageText(new JsonText(message.bodyText), { ttl, ...(delay > 0 && { delay }) });
  return { text, origin: `The message ${message.id}`, id: message.id };
}

/** The Idempotency-Key of a batch: the same for the same messages. */
export function keyOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return `sukkal-${hash.digest("base64url")}`;
}

const HINT = 'import reads the lines of export. Plain bodies, one a line, are for "sukkal post QUEUE --ndjson".';

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  // An object of JSON.
  return value as Readonly<Record<string, unknown>>;
}

function secondsOf(value: unknown, what: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Failure(`${what} is no number of seconds.`);
}
