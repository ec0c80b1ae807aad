/** `sukkal tail`. */
import type { Message } from "../../message.ts";
import type { Place } from "../../place.ts";
import type { Sukkal } from "../../sukkal.ts";
import { pause } from "../../time.ts";
import { flag, limitFlag, QUEUE } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { firstOf } from "../lists.ts";
import { INTERVAL_MS, Reader } from "../messages/follow.ts";
import { BODY, ID, printBody, timeOf, toDocument } from "../messages/view.ts";
import { placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";
import { cut, columnsOf, onOneLine } from "../terminal/display-text.ts";
import { tabbed, type Column } from "../terminal/table.ts";
import { instant, number } from "../terminal/units.ts";

type Flags = TopicFlag & {
  readonly all?: boolean;
  readonly fromStart?: boolean;
  readonly limit?: number;
  readonly raw?: boolean;
};

export const TAIL_COMMAND = command({
  brief: "Follow new messages without taking them",
  description: `Asks for new messages every second, until Ctrl-C or --limit. Consumers get them all the same. A message
that is consumed within a second is not seen.`,
  examples: [
    ["tail jobs", "new messages"],
    ["tail jobs --from-start --raw", "present ones first, only bodies"],
    ["tail jobs --raw --limit 1", "waits for the next message"],
    ["tail --all", "of all queues and topics, also new ones"],
  ],
  flags: {
    all: flag("all queues and topics"),
    fromStart: flag("begin with the messages that there are"),
    limit: limitFlag(),
    raw: flag("print only bodies, exactly as posted"),
    topic: TOPIC_FLAG,
  },
  args: { kind: "array", parameter: QUEUE, maximum: 1 },
  async run(session: Session, flags: Flags, ...[name]: string[]) {
    const { output, signal, patientSukkal } = session;
    const { all = false, fromStart = false, limit = Infinity } = flags;
    if ((name === undefined) !== all)
      throw new Failure(all ? "--all takes no name." : "Which queue?", {
        exitCode: EXIT.usage,
        hint: "sukkal tail --help",
      });
    const sukkal = await patientSukkal();
    if (name === undefined) await followAll(session, sukkal, flags);
    else {
      const place = placeOf(sukkal, name, flags);
      const exists = await place.exists({ signal });
      const reader = new Reader(place, signal);
      if (!fromStart) await reader.skipPresent();
      output.hint(exists ? `Following ${name}. Ctrl-C ends it.` : `${name} does not exist yet. Waiting for it.`);
      for await (const message of firstOf(reader.follow(), limit)) await print(session, flags, { place, message });
    }
    signal.throwIfAborted();
  },
});

/** Milliseconds between two lists of queues and topics. */
const LIST_INTERVAL_MS = 5000;
/** Requests at a time. */
const CONCURRENCY = 8;

/** Follows each queue and topic, also those that come later. */
async function followAll(session: Session, sukkal: Sukkal, flags: Flags): Promise<void> {
  const { output, signal } = session;
  const readers = new Map<string, Reader>();
  let listedAt = -Infinity;
  let { limit: left = Infinity } = flags;
  while (!signal.aborted) {
    if (performance.now() - listedAt >= LIST_INTERVAL_MS) {
      const isFirst = readers.size === 0;
      const skipsPresent = listedAt === -Infinity && flags.fromStart !== true;
      await addReaders(readers, { sukkal, signal, skipsPresent });
      if (isFirst)
        output.hint(`Following ${number(readers.size)} queues and topics, and those that come. Ctrl-C ends it.`);
      listedAt = performance.now();
    }
    await inParallel([...readers.values()], async (reader) => {
      for await (const message of reader.read()) {
        if (left-- <= 0) return;
        await print(session, flags, { place: reader.place, message });
      }
    });
    if (left <= 0) return;
    await pause(INTERVAL_MS, signal);
  }
}

async function addReaders(
  readers: Map<string, Reader>,
  {
    sukkal,
    signal,
    skipsPresent,
  }: { readonly sukkal: Sukkal; readonly signal: AbortSignal; readonly skipsPresent: boolean },
): Promise<void> {
  const fresh: Reader[] = [];
  const gone = new Set(readers.keys());
  for (const topic of [false, true]) {
    for await (const { name } of topic ? sukkal.topics({ signal }) : sukkal.queues({ signal })) {
      const key = `${topic ? "topic" : "queue"} ${name}`;
      if (gone.delete(key)) continue;
      const reader = new Reader(placeOf(sukkal, name, { topic }), signal);
      readers.set(key, reader);
      fresh.push(reader);
    }
  }
  for (const key of gone) readers.delete(key);
  if (skipsPresent) await inParallel(fresh, (reader) => reader.skipPresent());
}

async function inParallel<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) await action(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

interface Arrival {
  readonly place: Place<unknown>;
  readonly message: Message<unknown>;
}

const CREATED: Column<Message<unknown>> = { title: "CREATED", value: ({ created }) => timeOf(created) };
/** Columns of a terminal for a body, however long the rest of the line is. */
const BODY_COLUMNS_MIN = 20;

/** One line at once: a table would wait for the widths of its columns. */
async function print(session: Session, flags: Flags, { place, message }: Arrival): Promise<void> {
  const { output } = session;
  const name: readonly Column<Message<unknown>>[] =
    flags.all === true ? [{ title: "NAME", value: () => place.name }] : [];
  if (output.isJson) {
    const document = toDocument(message).text;
    const named = flags.all === true ? `{"name":${JSON.stringify(place.name)},${document.slice(1)}` : document;
    await output.line(named);
  } else if (flags.raw === true) await printBody(session, message);
  else if (!output.isTerminal) await output.line(tabbed(message, [CREATED, ...name, ID, BODY]));
  else {
    const head = [instant(message.created).slice(11), ...name.map(({ value }) => value(message)), message.id].join(
      "  ",
    );
    const room = Math.max(BODY_COLUMNS_MIN, output.columns - columnsOf(head) - 2);
    const body = onOneLine(BODY.shown?.(message) ?? "");
    await output.line(`${output.paint("quiet", onOneLine(head))}  ${cut(body, room)}`);
  }
}
