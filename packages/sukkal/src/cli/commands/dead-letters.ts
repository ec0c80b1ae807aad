/** `sukkal dead …`: where dead letters are, and what they are. */
import type { Message } from "../../message.ts";
import type { PlaceDetails } from "../../place-details.ts";
import { limitFlag, QUEUE } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { firstOf } from "../lists.ts";
import { BODY, ID, PAGE, toDocument } from "../messages/view.ts";
import { detailsOf, QUEUES } from "../place.ts";
import { toDeadLetterQueues, type DeadLetterQueue, type Source } from "../places/dead-letter-queues.ts";
import { CLAIMED, FREE, NAME, OLDEST, toPlaceDocument } from "../places/figures.ts";
import { placesOf, withProgress } from "../places/listing.ts";
import type { Column } from "../terminal/table.ts";
import { counted, duration } from "../terminal/units.ts";
import { group } from "../group.ts";

const SOURCES: Column<DeadLetterQueue> = {
  title: "SOURCES",
  value: ({ sources }) => sources.map(({ name }) => name).join(","),
  shown: ({ sources }) => sources.map(describeSource).join(", "),
};

const list = command({
  brief: "List dead-letter queues",
  description:
    "Queues that other queues name as their _dead_letter_queue, with those. OLDEST is how long the oldest has lived.",
  examples: [
    ["dead list", "where dead letters are, and of which queues"],
    ["dead list --json | jq .name", "their names"],
  ],
  async run(session: Session) {
    const { output } = session;
    const all: PlaceDetails[] = [];
    const listed = withProgress(session, QUEUES, placesOf(session, QUEUES, { details: true }));
    for await (const queue of listed) all.push(queue);
    const queues = toDeadLetterQueues(all);
    await output.list(queues, [NAME, SOURCES, FREE, CLAIMED, OLDEST], {
      document: (queue) => ({ ...toPlaceDocument(queue, { details: true }), sources: queue.sources }),
      empty: "No queue has dead letters: sukkal queue set jobs _dead_letter_queue=jobs-dead _max_claim_count=5",
    });
    for (const { name, sources } of queues)
      for (const source of sources)
        if (source.max_claim_count === null)
          output.warn(`No message of ${source.name} moves to ${name}: ${source.name} has no _max_claim_count.`);
  },
});

function describeSource({ name, max_claim_count: claims }: Source): string {
  return `${name} (${claims === null ? "never" : `after ${counted(claims, "claim")}`})`;
}

interface ShowFlags {
  readonly limit?: number;
  readonly source?: string;
}

const LIMIT_DEFAULT = 10;

const SOURCE: Column<Message<unknown>> = { title: "SOURCE", value: ({ deadLetter }) => deadLetter?.queue ?? null };
const REASON: Column<Message<unknown>> = { title: "REASON", value: ({ deadLetter }) => deadLetter?.reason ?? null };
const DEAD_FOR: Column<Message<unknown>> = {
  title: "DEAD FOR",
  value: deadFor,
  shown: (message) => {
    const seconds = deadFor(message);
    return seconds === null ? null : duration(seconds);
  },
  align: "right",
};

/**
 * Seconds, by the clock of the service. Each of the three times is without its fraction, so the difference may be a
 * second less than nothing.
 */
export function deadFor({
  age,
  created,
  deadLetter,
}: Pick<Message<unknown>, "age" | "created" | "deadLetter">): number | null {
  if (deadLetter === null) return null;
  return Math.max(0, age - Math.round((deadLetter.at.getTime() - created.getTime()) / 1000));
}

const show = command({
  brief: "Show dead letters, and where they come from",
  description: `Shows the oldest first, and takes none. The source is the queue that a message has left, the reason
"claims" that it was claimed as often as the queue allows. sukkal message show prints one of them, sukkal redrive
moves them back.`,
  examples: [
    ["dead show jobs-dead", "the 10 oldest"],
    ["dead show jobs-dead --source jobs --limit 100", "those of one queue"],
  ],
  flags: {
    limit: limitFlag("10"),
    source: { ...QUEUE, kind: "parsed", optional: true, placeholder: "queue", brief: "only those of this queue" },
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run({ sukkal, output, signal }: Session, { limit = LIMIT_DEFAULT, source }: ShowFlags, name: string) {
    const queue = (await sukkal()).queue(name);
    const page = source === undefined ? Math.min(limit, PAGE) : PAGE;
    const messages = queue.messages({ limit: page, includeClaimed: true, includeDelayed: true, signal });
    let count = 0;
    let dead = 0;
    const counting = ofSource(messages, source, () => dead++);
    const shown = firstOf(counting, limit, () => count++);
    await output.list(shown, [ID, SOURCE, DEAD_FOR, REASON, BODY], { document: toDocument });
    if (dead > 0) return;
    const { metadata } = await detailsOf(queue, signal);
    const { _dead_letter_queue: elsewhere } = metadata;
    if (count > 0) output.hint(`No dead letter is among them: they were posted to ${name}.`);
    if (elsewhere != null)
      output.hint(`The dead letters of ${name} are in ${elsewhere}: sukkal dead show ${elsewhere}`);
    else if (count === 0)
      output.hint(`There is no dead letter in ${name}${source === undefined ? "" : ` from ${source}`}.`);
  },
});

async function* ofSource(
  messages: AsyncIterable<Message<unknown>>,
  source: string | undefined,
  onDead: () => void,
): AsyncGenerator<Message<unknown>, void, undefined> {
  for await (const message of messages) {
    const { deadLetter } = message;
    if (source !== undefined && deadLetter?.queue !== source) continue;
    if (deadLetter !== null) onDead();
    yield message;
  }
}

export const DEAD_LETTER_COMMANDS = group({
  brief: "List dead-letter queues, and show dead letters",
  commands: { COMMANDS: { list, show } },
});
