/** Figures: the overview, one queue or topic, the past, and what operators see of projects. docs/OBSERVE.md describes them. */
import * as v from "valibot";
import { PLACE_PATHS, BELOW_PLACE, PATHS } from "../src/wire/paths.ts";
import { COUNTER_NAMES, SORTS } from "../src/wire/overview.ts";
import type { Counter } from "../src/domain/figures.ts";
import type { Endpoint, PlaceWords } from "./endpoint.ts";
import { query } from "./parameters.ts";
import { flag, integer, list, named, nullable, object, oneOf, optional, text, time, TIME } from "./schemas.ts";

const BETWEEN = v.strictObject({
  min: v.pipe(v.number(), v.minValue(0), v.description("At least.")),
  max: v.optional(v.pipe(v.number(), v.minValue(0), v.description("At most; absent: no bound is known."))),
});
const FIGURE = named(
  "Figure",
  v.pipe(
    v.nullable(v.union([v.pipe(v.number(), v.minValue(0)), BETWEEN])),
    v.description("A number, if it is exact; otherwise its bounds, or null: it is not known."),
  ),
);
const INSTANT_FIGURE = v.union([
  time("The time, if it is exact."),
  v.strictObject({ min: time("Not before."), max: v.optional(time("Not after; absent: no bound is known.")) }),
]);

const MESSAGES = {
  total: FIGURE,
  free: FIGURE,
  claimed: FIGURE,
  delayed: FIGURE,
};
const MEANINGS: Readonly<Record<Counter, string>> = {
  posted: "By clients.",
  adopted: "Came from another queue: dead letters, and redriven messages.",
  claimed: "By each claim again.",
  released: "From claims, by their clients.",
  lapsed: "From claims, because their time was over.",
  deleted: "By clients, with `pop` and purges.",
  expired: "When they are removed, up to minutes after their end.",
  deadLettered: "Moved to the dead-letter queue.",
  redriven: "Moved by a redrive.",
};
const counts = (schema: (meaning: string) => v.GenericSchema): v.ObjectEntries =>
  Object.fromEntries(COUNTER_NAMES.map(([counter, name]) => [name, schema(MEANINGS[counter])]));
const COUNTERS = named(
  "Counters",
  object(
    {
      since: time("When they began at 0: the first use, or a loss."),
      exact: flag("Whether nothing was lost since. Otherwise at least so many."),
      ...counts((meaning) => integer(meaning)),
    },
    "Messages since then.",
  ),
);
const RATES = object(
  counts((meaning) => v.pipe(v.number(), v.minValue(0), v.description(meaning))),
  "Messages a second, over the last minute; null: not known.",
);

const TOTALS = {
  places: integer("Queues and topics."),
  unknown: integer("Those of which nothing is known. While there are any, the sums are bounds."),
  unconfirmed: integer("Those whose last changes may be lost. While there are any, the sums are bounds."),
  messages: object(MESSAGES, "Messages."),
  waiting_claims: FIGURE,
  bytes: FIGURE,
  counters: COUNTERS,
};

const SUBSCRIPTIONS = object(
  {
    count: integer("Subscriptions."),
    pending: FIGURE,
    attempts: object(
      {
        since: time("When they began at 0."),
        exact: flag("Whether nothing was lost since."),
        delivered: integer("That delivered a notification."),
        failed: integer("That failed."),
      },
      "Attempts to deliver.",
    ),
    given_up: integer("Notifications that were given up."),
    failing: list(
      object({
        id: text("The id of the subscription."),
        pending: integer("Notifications to send."),
        failed: integer("Notifications that were given up, and are kept for redelivery."),
        since: nullable(
          time(
            "When its attempts began to fail, if none has arrived since; null: the last one arrived, or it is not known.",
          ),
        ),
      }),
      "Subscriptions with such notifications. Some of them, if there are many.",
    ),
  },
  "Its subscriptions; null: nothing is known of them.",
);
/** A number that may be a fraction. */
function amount(description: string): v.GenericSchema<number> {
  return v.pipe(v.number(), v.minValue(0), v.description(description));
}

const CONSUMERS = list(
  object({
    client_id: nullable(text("The Client-ID; null: not known.")),
    last_asked: nullable(time("When it last asked for messages or deleted some; null: not lately.")),
    claimed_per_minute: nullable(amount("Messages a minute that it claims.")),
    deleted_per_minute: nullable(amount("Messages a minute that it deletes.")),
    claims: optional(integer("Its claims that are not over. Only in the figures of one queue.")),
    held: optional(integer("Messages under these claims. Only in the figures of one queue.")),
  }),
  "Who claims and deletes messages.",
);

const FIGURES = {
  kind: oneOf(["queue", "topic"], "What it is."),
  name: text("Its name."),
  href: text("Its path."),
  as_of: nullable(time("When its figures were taken; null: never.")),
  certainty: oneOf(
    ["current", "recent", "unconfirmed", "unknown"],
    "`current`: nothing newer can exist. `recent`: at most 20 seconds old. `unconfirmed`: news may have been lost. `unknown`: no " +
      "figures yet.",
  ),
  messages: object(
    {
      ...MESSAGES,
      oldest: nullable(
        object(
          { age: FIGURE, created: INSTANT_FIGURE },
          "The oldest message; null: there is none, or it is not known.",
        ),
      ),
      first_expiry: nullable(INSTANT_FIGURE),
    },
    "`total` are all messages: those that a claim can get (`free`), those under claims, and those with a delay.",
  ),
  waiting_claims: FIGURE,
  bytes: nullable(integer("Bytes of storage.")),
  paused: nullable(list(oneOf(["claims", "notifications"], "What."), "What it does not do for a time.")),
  spread: optional(
    object(
      {
        phase: oneOf(
          ["opening", "spread", "stopping", "draining", "closing", "deleting"],
          "`spread`: all objects take messages. `draining`: only the first does, and the others have messages left.",
        ),
        objects: integer("The number of objects."),
        load: nullable(amount("What all do, as a share of what one carries; null: not known yet.")),
        changed: time("When it began to be spread, or to be brought back to one object."),
      },
      "Absent: the queue is on one object.",
    ),
  ),
  load: optional(
    amount(
      "What its object does, as a share of what one carries, as a mean over 10 seconds. Absent if it is spread, or not known.",
    ),
  ),
  rates: nullable(RATES),
  counters: nullable(COUNTERS),
  subscriptions: nullable(SUBSCRIPTIONS),
  consumers: optional(CONSUMERS),
};
const TREND = list(FIGURE, "With `trend`: free messages at every 5 minutes of the last hour, the newest last.");
const LISTED = named(
  "PlaceFigures",
  object({
    ...FIGURES,
    trend: optional(TREND),
    dead_letter_queue: nullable(text("The queue of its dead letters; null: it has none.")),
  }),
);

const EXAMPLE_COUNTERS = {
  since: TIME,
  exact: true,
  ...Object.fromEntries(COUNTER_NAMES.map(([, name]) => [name, 0])),
};
const EXAMPLE_TOTALS = {
  places: 1,
  unknown: 0,
  unconfirmed: 0,
  messages: { total: 1, free: 1, claimed: 0, delayed: 0 },
  waiting_claims: 0,
  bytes: 28_672,
  counters: { ...EXAMPLE_COUNTERS, posted: 1 },
};

function exampleOf({ kind, name }: PlaceWords, stored: number): object {
  return {
    kind,
    name,
    href: `/v2/${kind}s/${name}`,
    as_of: TIME,
    certainty: "current",
    messages: {
      total: stored,
      free: stored,
      claimed: 0,
      delayed: 0,
      oldest: stored === 0 ? null : { age: 4, created: TIME },
      first_expiry: stored === 0 ? null : TIME,
    },
    waiting_claims: 0,
    bytes: 28_672,
    paused: [],
    rates: null,
    counters: { ...EXAMPLE_COUNTERS, posted: stored },
    subscriptions: null,
  };
}

const ORDERS: PlaceWords = { kind: "queue", suffix: "", name: "orders" };
const TAG = "Figures";
const PROJECT_ID = query("project_id", text("The project. By default the caller's."));

/** The figures of one queue or topic. They are among the endpoints of queues and topics. */
export function figuresEndpoint(words: PlaceWords, tag: string): Endpoint {
  const { kind } = words;
  return {
    id: `${kind}_get_figures`,
    operations: [`${kind}_get_figures`],
    method: "GET",
    path: PLACE_PATHS[kind] + BELOW_PLACE.figures,
    tag,
    summary: `Show the figures of a ${kind}`,
    description:
      `What the overview shows of one ${kind}, with its consumers. The ${kind} itself is asked, so that they are of now. An extension ` +
      "of Zaqar's API.",
    answers: {
      200: {
        description: "The figures.",
        schema: object({ at: time("The time for which they were computed."), ...FIGURES }),
        example: { at: TIME, ...exampleOf(words, 0) },
      },
    },
    failures: [`${kind}-not-found`],
  };
}

const COLUMN = (meaning: string): v.GenericSchema => list(FIGURE, meaning);
const COLUMNS = {
  from: time("The time of the first point."),
  step: integer("Seconds between two points.", 10, 300),
  messages: object(
    {
      total: COLUMN("All messages."),
      free: COLUMN("That a claim can get."),
      claimed: COLUMN("Under claims."),
      delayed: COLUMN("With a delay."),
    },
    "Messages.",
  ),
  oldest_age: COLUMN("Seconds since the post of the oldest message; 0: there was none."),
  waiting_claims: COLUMN("Claims that wait for messages."),
  counters: object(counts(COLUMN), "Messages of each step."),
};

export const FIGURE_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "overview_get",
    operations: ["overview_get"],
    method: "GET",
    path: PATHS.overview,
    tag: TAG,
    summary: "Show all queues and topics with their figures",
    description:
      "All queues and topics of the project that the credential covers, in one request, which wakes none of them. Each figure says " +
      "how certain it is. The endpoints of figures exist with `METER=on`, the default. An extension of Zaqar's API.",
    parameters: [
      query("kind", oneOf(["queue", "topic"], "Only queues, or only topics.")),
      query("name", text("Only names that contain this text."), "ord"),
      query(
        "sort",
        oneOf([...SORTS.keys()], "By name in ascending order, the default; by a figure in descending order."),
        "free",
      ),
      query("limit", integer("The most to answer with: 1 to 5,000, by default 100; with `fresh` at most 100.", 1), 5),
      query("marker", text("The name after which the answer begins, with `kind` and in the order of names.")),
      query("fresh", flag("Asks each queue and topic of the answer for its figures.")),
      query("consumers", flag("Shows who claims and deletes messages of each queue.")),
      query("trend", flag("Shows the free messages of the last hour.")),
    ],
    answers: {
      200: {
        description: "The figures.",
        schema: object({
          at: time("The time for which they were computed."),
          totals: object(
            TOTALS,
            "The sums over all that the parameters and the credential select, whatever the limit.",
          ),
          places: list(LISTED, "Queues and topics."),
        }),
        example: {
          at: TIME,
          totals: EXAMPLE_TOTALS,
          places: [{ ...exampleOf(ORDERS, 1), dead_letter_queue: null }],
        },
      },
    },
    failures: ["out-of-range"],
  },
  {
    id: "series_get",
    operations: ["series_get"],
    method: "GET",
    path: PATHS.series,
    tag: TAG,
    summary: "Show figures of the past",
    description:
      "A queue, a topic, or the sums of the project, at equal intervals: a column for each figure. null is a gap: nothing is known of " +
      "that time. There are points of the last hour every 10 seconds, of the busiest queues and of the project, and of the last week " +
      "every 5 minutes. A key with a queue prefix sees no sums of the project.",
    parameters: [
      query("queue", text("A queue. By default the whole project."), "orders"),
      query("topic", text("A topic.")),
      query("from", text("The beginning, such as 2030-01-01T00:00:00Z. By default an hour before the end.")),
      query("until", text("The end. By default now.")),
      query(
        "step",
        oneOf(["10", "300"], "Seconds between two points. By default the smallest that has all of them."),
        "300",
      ),
    ],
    answers: {
      200: {
        description: "The columns.",
        schema: object({
          queue: optional(text("The queue.")),
          topic: optional(text("The topic.")),
          ...COLUMNS,
        }),
        example: {
          queue: "orders",
          from: TIME,
          step: 300,
          messages: { total: [null, 1], free: [null, 1], claimed: [null, 0], delayed: [null, 0] },
          oldest_age: [null, 4],
          waiting_claims: [null, 0],
          counters: Object.fromEntries(COUNTER_NAMES.map(([, name]) => [name, [null, 0]])),
        },
      },
    },
    failures: ["queue-name-invalid", "topic-name-invalid"],
  },
  {
    id: "usage_get",
    operations: ["usage_get"],
    method: "GET",
    path: PATHS.usage,
    tag: TAG,
    summary: "Show the usage of a project",
    description:
      "What a project stores, and what it has done. Admins see their own project, the operator's key every project.",
    parameters: [PROJECT_ID],
    answers: {
      200: {
        description: "The usage.",
        schema: object({
          project_id: text("The project."),
          at: time("The time for which it was computed."),
          ...TOTALS,
        }),
        example: { project_id: "demo", at: TIME, ...EXAMPLE_TOTALS },
      },
    },
  },
  {
    id: "project_list",
    operations: ["project_list"],
    method: "GET",
    path: PATHS.projects,
    tag: TAG,
    summary: "List the projects in use",
    description: "The projects whose queues changed last, with their usage. For operators.",
    parameters: [query("limit", integer("The most projects to answer with: 1 to 100, by default 20.", 1), 5)],
    answers: {
      200: {
        description: "The projects, the latest first.",
        schema: object({
          projects: list(
            object({ project_id: text("The project."), at: time("The time for which it was computed."), ...TOTALS }),
            "Projects with their usage.",
          ),
        }),
        example: { projects: [{ project_id: "demo", at: TIME, ...EXAMPLE_TOTALS }] },
      },
    },
    failures: ["out-of-range"],
  },
];
