/** `sukkal peek` and `sukkal message …`. */
import type { Message } from "../../message.ts";
import { flag, identifier, limitFlag, QUEUE } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { firstOf } from "../lists.ts";
import { MESSAGE_COLUMNS, PAGE, printBody, printMessage, toDocument } from "../messages/view.ts";
import { assertExists, placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";
import { counted } from "../terminal/units.ts";
import { group } from "../group.ts";

type PeekFlags = TopicFlag & {
  readonly limit?: number;
  readonly all?: boolean;
  readonly id?: readonly string[];
  readonly raw?: boolean;
};

const LIMIT_DEFAULT = 10;

export const PEEK_COMMAND = command({
  brief: "Show messages without taking them",
  description: "Shows the oldest messages first. Claimed and delayed messages are shown with --all only.",
  examples: [
    ["peek jobs", "the 10 oldest messages that can be claimed"],
    ["peek jobs --all --limit 100", "claimed and delayed ones too"],
    ["peek jobs --raw --limit 1 | jq .", "only bodies, exactly as posted, one a line"],
    ["peek news --topic", "messages of a topic"],
  ],
  flags: {
    limit: limitFlag("10"),
    all: flag("claimed and delayed messages too"),
    id: { kind: "parsed", parse: identifier, variadic: true, optional: true, brief: "only the message of this id" },
    raw: flag("print only bodies, exactly as posted"),
    topic: TOPIC_FLAG,
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, flags: PeekFlags, name: string) {
    const { output, sukkal, signal } = session;
    const { limit = LIMIT_DEFAULT, all = false, id: ids = [] } = flags;
    const place = placeOf(await sukkal(), name, flags);
    if (ids.length > 0) {
      const found = await place.getMany(ids, { signal });
      await print(session, flags, found);
      const missing = ids.filter((id) => !found.some((message) => message.id === id));
      if (missing.length > 0) throw notFound(name, missing);
      return;
    }
    const listed = place.messages({ limit: Math.min(limit, PAGE), includeClaimed: all, includeDelayed: all, signal });
    let count = 0;
    const messages = firstOf(listed, limit, () => count++);
    await print(session, flags, messages);
    if (count > 0) return;
    await assertExists(place, signal);
    output.hint(all ? `There is no message in ${name}.` : `${name} has no message to claim. --all shows others.`);
  },
});

type Messages = AsyncIterable<Message<unknown>> | Iterable<Message<unknown>>;

async function print(session: Session, { raw }: PeekFlags, messages: Messages): Promise<void> {
  const { output } = session;
  if (raw === true && !output.isJson) {
    for await (const message of messages) await printBody(session, message);
  } else await output.list(messages, MESSAGE_COLUMNS, { document: toDocument });
}

const MESSAGE_ID = { brief: "id of the message", placeholder: "id", parse: identifier } as const;

const show = command({
  brief: "Show a message with all its properties",
  examples: [
    ["message show jobs 1a22002363951…", "a message, claimed and delayed ones too"],
    ["message show jobs 1a22002363951… --json", "with the body exactly as posted"],
  ],
  flags: { topic: TOPIC_FLAG },
  args: { kind: "tuple", parameters: [QUEUE, MESSAGE_ID] },
  async run({ output, sukkal, signal }: Session, flags: TopicFlag, name: string, id: string) {
    const message = await placeOf(await sukkal(), name, flags).get(id, { signal });
    if (message === null) throw notFound(name, [id]);
    await printMessage(output, message);
  },
});

const remove = command({
  brief: "Delete messages by their ids",
  usage: "<queue> <id>...",
  description: "Claimed messages are deleted too, while their consumers work on them.",
  examples: [["message delete jobs 1a22002363951…", "a message; peek shows its id"]],
  flags: { topic: TOPIC_FLAG },
  args: {
    kind: "array",
    parameter: { ...QUEUE, brief: "name of the queue, then ids of messages", placeholder: "queue id" },
    minimum: 2,
  },
  async run({ output, sukkal, signal }: Session, flags: TopicFlag, ...[name = "", ...ids]: string[]) {
    const place = placeOf(await sukkal(), name, flags);
    const missing: string[] = [];
    // One by one: the service deletes what there is of several, and does not say what was missing.
    for (const id of ids) {
      if ((await place.get(id, { signal })) === null) missing.push(id);
      else await place.deleteMessages([id], { signal });
    }
    const deleted = ids.length - missing.length;
    if (deleted > 0) output.done(`${counted(deleted, "message")} deleted from ${name}.`);
    if (missing.length > 0) throw notFound(name, missing);
  },
});

function notFound(name: string, ids: readonly string[]): Failure {
  return new Failure(`There is no message ${ids.join(", ")} in ${name}.`, {
    exitCode: EXIT.notFound,
    hint: `Its life may be over, or it was deleted. sukkal peek ${name} --all shows what there is.`,
  });
}

export const MESSAGE_COMMANDS = group({
  brief: "Show and delete single messages",
  commands: { COMMANDS: { show, delete: remove } },
});
