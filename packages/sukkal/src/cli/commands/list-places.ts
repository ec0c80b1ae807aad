/** `list` of queues and topics. */
import type { Command } from "@stricli/core";
import type { PlaceDetails } from "../../place-details.ts";
import { flag, limitFlag } from "../arguments.ts";
import { command, type Cli, type Session } from "../command.ts";
import { firstOf, sorted, type Order } from "../lists.ts";
import { QUEUES, type PlaceKind } from "../place.ts";
import { ageOf, FIGURES, NAME, toPlaceDocument } from "../places/figures.ts";
import { NAME_FLAG, placesOf, withProgress } from "../places/listing.ts";
import { counted } from "../terminal/units.ts";

type Sort = "name" | "free" | "messages" | "oldest";

interface Flags {
  readonly name?: RegExp;
  readonly details?: boolean;
  readonly sort?: Sort;
  readonly limit?: number;
}

const ORDERS: Readonly<Record<Exclude<Sort, "name">, Order<PlaceDetails>>> = {
  free: ({ stats }) => stats?.free ?? null,
  messages: ({ stats }) => stats?.total ?? null,
  oldest: ageOf,
};

const EMPTY = {
  queue: "There is no queue. A post creates one: sukkal post jobs '{\"n\": 1}'",
  topic: "There is no topic. sukkal topic create NAME creates one.",
} as const;

const FIGURES_OF_TOPICS = "messages, and the age of the oldest one";
const FIGURES_OF_QUEUES =
  "messages that can be claimed, claimed and delayed ones, and the age of the oldest one that can be claimed";

export function listCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const isQueue = kind === QUEUES;
  const deepest = isQueue ? "free" : "messages";
  return command({
    brief: `List ${word}s`,
    description: `The figures are those of --details: ${isQueue ? FIGURES_OF_QUEUES : FIGURES_OF_TOPICS}.`,
    examples: [
      [`${word} list`, "their names"],
      [`${word} list --details --name '^order-'`, "with figures, those whose names begin with order-"],
      [`${word} list --sort ${deepest} --limit 5`, "the five deepest"],
    ],
    flags: {
      name: NAME_FLAG,
      details: flag("with figures"),
      sort: {
        kind: "enum",
        values: ["name", deepest, "oldest"] as readonly Sort[],
        optional: true,
        brief: `the most first, with figures: ${deepest} or oldest`,
      },
      limit: limitFlag(),
    },
    async run(session: Session, { name, sort = "name", limit = Infinity, ...flags }: Flags) {
      const { output } = session;
      const details = flags.details === true || sort !== "name";
      const list = placesOf(session, kind, { name, details });
      const all = details ? withProgress(session, kind, list) : list;
      const ordered = sort === "name" ? all : await sorted(all, ORDERS[sort]);
      let unread = 0;
      const rows = firstOf(ordered, limit, ({ stats }) => (unread += details && stats === null ? 1 : 0));
      const document = (row: PlaceDetails): object => toPlaceDocument(row, { details });
      const empty = name === undefined ? EMPTY[word] : `No ${word} has such a name.`;
      await output.list(rows, details ? FIGURES[word] : [NAME], { document, empty });
      if (unread > 0) output.warn(`The figures of ${counted(unread, word)} cannot be read at the moment.`);
    },
  });
}
