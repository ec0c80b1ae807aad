/** `sukkal post`. */
import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { toMessageText } from "../../place.ts";
import { flag, QUEUE, readArgument, seconds, text, unreadable, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { toBody } from "../messages/body.ts";
import { linesOf } from "../messages/lines.ts";
import { postAll, type Outgoing } from "../messages/outgoing.ts";
import { placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";

type Flags = TopicFlag & {
  readonly ndjson?: boolean;
  readonly text?: boolean;
  readonly ttl?: number;
  readonly delay?: number;
  readonly idempotencyKey?: string;
  readonly traceparent?: string;
};

export const POST_COMMAND = command({
  brief: "Post messages",
  usage: "<queue> <body>...",
  description: `A body is JSON, and is stored exactly as it is written. "-" is standard input, @FILE is a file.
A queue that does not exist is created. Prints the ids. Many messages are posted in order and in
batches; the first that is refused ends the command.`,
  examples: [
    ['post jobs \'{"resize": "cat.png"}\'', "one message"],
    ["post jobs --text hello", 'the body is the string "hello"'],
    ["post jobs @job.json --ttl 2h", "from a file, for two hours"],
    ["post jobs --ndjson < jobs.ndjson", "a message a line"],
    ["post news --topic '{\"n\": 1}'", "to the subscribers of a topic"],
  ],
  flags: {
    ndjson: flag("a message a line, from standard input or a file"),
    text: flag("a body is a text, not JSON"),
    ttl: valueFlag(seconds, "time", "life, such as 90, 5m, 2h, 7d"),
    delay: valueFlag(seconds, "time", "time until it can be claimed"),
    topic: TOPIC_FLAG,
    idempotencyKey: valueFlag(text, "key", "a repeated post with this key stores nothing twice"),
    traceparent: valueFlag(traceparent, "header", "trace that they are a part of (W3C Trace Context)"),
  },
  args: {
    kind: "array",
    parameter: { ...QUEUE, brief: "name of the queue, then bodies", placeholder: "queue body", parse: text },
    minimum: 1,
  },
  async run(session: Session, flags: Flags, ...[name = "", ...bodies]: string[]) {
    const isMany = flags.ndjson === true;
    // Who types the lines sees their ids.
    const isTyped = session.cli.stdin.isTTY === true && !bodies.some((source) => source.startsWith("@"));
    const messages = isMany ? fromLines(session, flags, bodies) : await fromArguments(session, flags, bodies);
    const place = placeOf(await session.patientSukkal(), name, flags);
    const { idempotencyKey } = flags;
    await postAll(session, place, messages, {
      done: "posted",
      total: null,
      isLong: isMany && !isTyped,
      keyOf: (_, index) => (idempotencyKey === undefined ? crypto.randomUUID() : keyOf(idempotencyKey, index)),
      isRepeatable: idempotencyKey !== undefined,
      traceparent: flags.traceparent,
      onPosted: async (_, ids) => {
        for (const id of ids ?? []) await session.output.result({ id }, id);
      },
    });
  },
});

/** The service would ignore an invalid one. */
function traceparent(input: string): string {
  if (/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(input)) return input;
  throw new SyntaxError(
    `"${input}" is no traceparent, such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
  );
}

/** The first batch has the key itself, so that a post of one batch has it. */
function keyOf(key: string, index: number): string {
  return index === 0 ? key : `${key}.${index}`;
}

async function fromArguments(
  { cli, signal }: Session,
  flags: Flags,
  given: readonly string[],
): Promise<AsyncIterable<Outgoing>> {
  if (given.length === 0 && cli.stdin.isTTY === true)
    throw new Failure("There is no body.", {
      exitCode: EXIT.usage,
      hint: "Write it as an argument, or - for standard input.",
    });
  const bodies = given.length === 0 ? ["-"] : given;
  const outgoing: Outgoing[] = [];
  for (const [index, argument] of bodies.entries()) {
    const origin = originOf(argument, index, bodies.length);
    const read = await readArgument(argument, { cli, signal });
    // Editors and `echo` end a text with a line break that nobody means.
    const body = read === argument ? read : read.replace(/\r?\n$/, "");
    outgoing.push({
      text: toMessageText(toBody(body, { isText: flags.text === true, origin, isTyped: read === argument }), flags),
      origin,
    });
  }
  return (async function* () {
    yield* outgoing;
  })();
}

function originOf(argument: string, index: number, total: number): string {
  if (argument === "-") return "Standard input";
  if (argument.startsWith("@")) return argument.slice(1);
  return total === 1 ? "The body" : `Body ${index + 1}`;
}

async function* fromLines(
  { cli, signal }: Session,
  flags: Flags,
  sources: readonly string[],
): AsyncGenerator<Outgoing | null, void, undefined> {
  for (const source of sources.length === 0 ? ["-"] : sources) {
    if (source !== "-" && !source.startsWith("@"))
      throw new Failure(`--ndjson reads "-" or @FILE, not "${source}".`, { exitCode: EXIT.usage });
    const isFile = source !== "-";
    const stream = addAbortSignal(signal, isFile ? createReadStream(source.slice(1)) : cli.stdin);
    const where = sources.length > 1 ? ` of ${isFile ? source.slice(1) : "standard input"}` : "";
    try {
      for await (const line of linesOf(stream)) {
        if (line === null) {
          yield null;
          continue;
        }
        const origin = `Line ${line.number}${where}`;
        yield { text: toMessageText(toBody(line.text, { isText: flags.text === true, origin }), flags), origin };
      }
    } catch (error) {
      throw isFile && !signal.aborted ? unreadable(source.slice(1), error) : error;
    }
  }
}
