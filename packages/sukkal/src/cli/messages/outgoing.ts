/** Posts many messages in their order, in batches, until one is refused. */
import { SukkalError } from "../../error.ts";
import type { Place, PostOptions } from "../../place.ts";
import type { Session } from "../command.ts";
import { hintOfCode } from "../errors.ts";
import { exitCodeOf, Failure } from "../exit-code.ts";
import { counted } from "../terminal/units.ts";

/** A message that is to be posted. */
export interface Outgoing {
  /** As `toMessageText` makes it. */
  readonly text: string;
  /** Where it is from, for errors, such as `Line 3`. */
  readonly origin: string;
}

/** Posts of this size are accepted by a service of default settings, as those of the client's producer are. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 200_000;

export interface PostAllOptions<Message extends Outgoing> {
  /** What is said to happen to the messages, such as `imported`. */
  readonly done: string;
  /** How many there are; null: it is not known. */
  readonly total: number | null;
  /** Whether progress is shown. */
  readonly isLong: boolean;
  /** The Idempotency-Key of a batch. */
  readonly keyOf: (batch: readonly Message[], index: number) => string;
  /** Whether the batches are the same each time: they then wait until they are full, however slow the messages come. */
  readonly isRepeatable: boolean;
  /** The trace that they are a part of; undefined: none. */
  readonly traceparent?: string | undefined;
  /** `ids`: null: they were posted before with the same key. */
  readonly onPosted?: (batch: readonly Message[], ids: readonly string[] | null) => Promise<void> | void;
}

/**
 * Posts all messages. null among them: no further message is there yet. Throws a Failure that says which message was
 * refused; those before it are posted, those after it are not.
 */
export async function postAll<Message extends Outgoing>(
  { output, signal }: Pick<Session, "output" | "signal">,
  place: Place<unknown>,
  messages: AsyncIterable<Message | null>,
  { done, total, isLong, keyOf, isRepeatable, traceparent, onPosted }: PostAllOptions<Message>,
): Promise<void> {
  using progress = isLong ? output.progress({ unit: "message", done, total }) : null;
  let posted = 0;
  const post = async (batch: readonly Message[], key: string): Promise<void> => {
    const ids = await postBatch(place, batch, { idempotencyKey: key, traceparent, signal });
    if (ids === "refused") {
      // One of the messages is refused, and nothing is stored. The halves find out which.
      const middle = batch.length >> 1;
      await post(batch.slice(0, middle), `${key}.1`);
      return post(batch.slice(middle), `${key}.2`);
    }
    posted += batch.length;
    progress?.set(posted);
    await onPosted?.(batch, ids);
  };
  try {
    let index = 0;
    for await (const batch of batchesOf(messages, isRepeatable)) await post(batch, keyOf(batch, index++));
  } catch (error) {
    if (signal.aborted && isLong) output.warn(`Only ${counted(posted, "message")} ${done}.`);
    if (signal.aborted && isRepeatable && posted > 0) output.hint(REPEATABLE);
    if (!(error instanceof Failure)) throw error;
    // The failure of the first request is explained as that of any command, unless it is that of a message.
    const { cause } = error;
    if (posted === 0 && cause instanceof SukkalError && cause.status !== 400) throw cause;
    throw withCount(error, { posted, isRepeatable });
  }
  progress?.finish();
}

/**
 * The ids; null: they were posted before with the same key; `refused`: one of several messages is refused, and none is
 * stored.
 */
async function postBatch(
  place: Place<unknown>,
  batch: readonly Outgoing[],
  options: PostOptions & { readonly signal: AbortSignal },
): Promise<readonly string[] | null | "refused"> {
  const texts = batch.map(({ text }) => text);
  try {
    return await place.postTexts(texts, options);
  } catch (error) {
    if (!(error instanceof SukkalError) || options.signal.aborted) throw error;
    // The lives of the messages have become shorter since, so the same key has another body.
    if (error.code === "idempotency-key-reused") return null;
    if (batch.length > 1 && error.status === 400) return "refused";
    throw refused(batch, error);
  }
}

async function* batchesOf<Message extends Outgoing>(
  messages: AsyncIterable<Message | null>,
  isRepeatable: boolean,
): AsyncGenerator<readonly Message[], void, undefined> {
  let batch: Message[] = [];
  let bytes = 0;
  try {
    for await (const message of messages) {
      const size = message === null ? 0 : Buffer.byteLength(message.text);
      const isFull = message === null ? !isRepeatable : batch.length === BATCH_MESSAGES || bytes + size > BATCH_BYTES;
      if (isFull && batch.length > 0) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      if (message !== null) batch.push(message);
      bytes += size;
    }
  } catch (error) {
    // What came before the defect is posted.
    if (error instanceof Failure && batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

function refused(batch: readonly Outgoing[], error: SukkalError): Failure {
  const first = batch[0]?.origin ?? "";
  const range = batch.length === 1 ? first : `${first} and ${counted(batch.length - 1, "message")} after it`;
  const verb = batch.length === 1 ? "was" : "were";
  const hint = hintOfCode(error.code);
  return new Failure(`${range} ${verb} not posted: ${error.message.replace(/\.$/, "")} [${error.code}]`, {
    exitCode: exitCodeOf(error),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

const REPEATABLE = "Repeat the command: what was posted is not posted again, within a day.";

function withCount(
  { message, exitCode, hint }: Failure,
  { posted, isRepeatable }: { readonly posted: number; readonly isRepeatable: boolean },
): Failure {
  const before =
    posted === 0
      ? "Nothing was posted."
      : `${counted(posted, "message")} before it ${posted === 1 ? "was" : "were"} posted.`;
  const helps = hint ?? (isRepeatable && posted > 0 ? REPEATABLE : null);
  return new Failure(`${message.replace(/\.?$/, ".")} ${before}`, { exitCode, ...(helps !== null && { hint: helps }) });
}
