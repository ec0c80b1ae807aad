/** `sukkal export`, `import` and `copy`. */
import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import type { Message } from "../../message.ts";
import type { Sukkal } from "../../sukkal.ts";
import { QUEUE, text, unreadable, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { allMessages } from "../messages/all-messages.ts";
import { fromArchiveLine, keyOf, toArchiveLine, toMoved, type Moved } from "../messages/archive.ts";
import { linesOf } from "../messages/lines.ts";
import { postAll } from "../messages/outgoing.ts";
import { assertExists, placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";
import { onOneLine } from "../terminal/display-text.ts";

export const EXPORT_COMMAND = command({
  brief: "Print all messages of a queue, for a file",
  description: `A JSON document a line: id, created, the seconds that are left of ttl and delay, and the body
exactly as posted. Claimed and delayed messages are exported too. Takes nothing.`,
  examples: [
    ["export jobs > jobs.ndjson", "all messages"],
    ["export jobs | jq -c .body", "only bodies"],
  ],
  flags: { topic: TOPIC_FLAG },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run({ output, patientSukkal, signal }: Session, flags: TopicFlag, name: string) {
    const sukkal = await patientSukkal();
    const place = placeOf(sukkal, name, flags);
    await assertExists(place, signal);
    const { total } = await place.stats({ signal });
    using progress = output.progress({ unit: "message", done: "exported", total });
    for await (const message of allMessages(sukkal, place, signal)) {
      const line = toArchiveLine(message);
      await output.line(output.isTerminal ? onOneLine(line) : line);
      progress.add(1);
    }
    progress.finish();
  },
});

export const IMPORT_COMMAND = command({
  brief: "Post the messages of an export",
  description: `They have the life that was left when they were exported, at least a minute. An import that was
interrupted can be repeated within a day: what was posted is not posted again.`,
  examples: [
    ["import jobs jobs.ndjson", "from a file"],
    ["import jobs -", "from standard input"],
  ],
  flags: { topic: TOPIC_FLAG },
  args: {
    kind: "tuple",
    parameters: [QUEUE, { brief: 'file, or "-" for standard input', placeholder: "file", parse: text }],
  },
  async run(session: Session, flags: TopicFlag, name: string, path: string) {
    const place = placeOf(await session.patientSukkal(), name, flags);
    try {
      await postAll(session, place, readArchive(session, path), {
        done: "imported",
        total: null,
        isLong: true,
        // A file has the same lines each time, and so the same batches.
        keyOf: (batch, index) => keyOf([`import ${index}`, ...batch.flatMap((each) => [each.id ?? "", each.text])]),
        isRepeatable: true,
      });
    } catch (error) {
      throw path === "-" || session.signal.aborted ? error : unreadable(path, error);
    }
  },
});

async function* readArchive({ cli, signal }: Session, path: string): AsyncGenerator<Moved, void, undefined> {
  const stream = addAbortSignal(signal, path === "-" ? cli.stdin : createReadStream(path));
  for await (const line of linesOf(stream)) if (line !== null) yield fromArchiveLine(line);
}

type CopyFlags = { readonly toContext?: string };

export const COPY_COMMAND = command({
  brief: "Copy all messages of a queue into another one",
  description: `They keep the life that is left, at least a minute. Claimed and delayed messages are copied too.
The source keeps all. A copy that was interrupted can be repeated within a day: messages are not
copied again, if the source still has all that it had.`,
  examples: [
    ["copy jobs jobs-2", "into another queue of the project"],
    ["copy jobs jobs --to-context staging", "into another service or project"],
  ],
  flags: {
    toContext: valueFlag(text, "name", "context of the target"),
  },
  args: {
    kind: "tuple",
    parameters: [
      { ...QUEUE, brief: "queue whose messages are copied", placeholder: "from" },
      { ...QUEUE, brief: "queue that gets them", placeholder: "to" },
    ],
  },
  async run(session: Session, { toContext }: CopyFlags, from: string, to: string) {
    const { signal } = session;
    const source = await session.patientSukkal();
    const target = await targetOf(session, toContext, from === to);
    const queue = source.queue(from);
    await assertExists(queue, signal);
    // Those that come during the copy are left out: in a copy into itself by another address they would never end.
    const { total } = await queue.stats({ signal });
    await postAll(session, target.queue(to), movedOf(allMessages(source, queue, signal), total), {
      done: "copied",
      total,
      isLong: true,
      keyOf: (batch) => keyOf(["copy", ...batch.map(({ id }) => id ?? "")]),
      isRepeatable: true,
    });
  },
});

/** Where the messages go. A copy of a queue into itself would double it. */
async function targetOf(session: Session, context: string | undefined, isSameName: boolean): Promise<Sukkal> {
  const source = await session.connection();
  if (context === undefined) {
    if (isSameName) throw SAME;
    return session.patientSukkal();
  }
  const { connection, sukkal } = await session.other(context);
  if (isSameName && connection.url === source.url && connection.project === source.project) throw SAME;
  return sukkal;
}

const SAME = new Failure("The source and the target are the same queue.", { exitCode: EXIT.usage });

async function* movedOf(
  messages: AsyncIterable<Message<unknown>>,
  total: number,
): AsyncGenerator<Moved, void, undefined> {
  let count = 0;
  for await (const message of messages) {
    if (count++ === total) return;
    yield toMoved(message);
  }
}
