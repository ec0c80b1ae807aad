/** The families of figures, which the page of the service has by project, and that of a project by queue. */
import { COUNTERS, type Bounds, type Counter, type Counters, type DeliveryCounters } from "../domain/figures.ts";
import type { EpochMs } from "../domain/time.ts";
import type { Family, Labels, Point } from "./metrics.ts";

/** Figures with the labels of their samples. null, or an infinite bound: not known. */
export interface FigureRow {
  readonly labels: Labels;
  readonly stored: Bounds | null;
  readonly free: Bounds | null;
  readonly claimed: Bounds | null;
  readonly delayed: Bounds | null;
  readonly waiting: Bounds | null;
  readonly oldestAt: Bounds | null;
  readonly bytes: number | null;
  readonly counters: Counted<Counters> | null;
  readonly notifications: { readonly pending: Bounds; readonly counters: Counted<DeliveryCounters> } | null;
}

interface Counted<Values> {
  /** Absent: it is not shown, which halves the samples of counters. */
  readonly since?: EpochMs;
  readonly values: Values;
}

const COUNTED: Readonly<Record<Counter, readonly [name: string, help: string]>> = {
  posted: ["posted", "Messages that clients have posted."],
  adopted: ["adopted", "Messages that have arrived from other queues: dead letters and redriven messages."],
  claimed: ["claimed", "Messages that clients have claimed, once per claim."],
  released: ["released", "Claimed messages that clients have released."],
  lapsed: ["lapsed", "Claimed messages that are free again because the time of their claims was over."],
  deleted: ["deleted", "Messages that clients have deleted."],
  expired: ["expired", "Messages that were removed because their time was over, up to minutes later."],
  deadLettered: ["dead_lettered", "Messages that have left for the dead-letter queue."],
  redriven: ["redriven", "Messages that a redrive has moved to another queue."],
};

export function figureFamilies(prefix: string, rows: readonly FigureRow[]): readonly Family[] {
  const bounded = (name: string, help: string, find: (row: FigureRow) => Bounds | null): readonly Family[] => [
    gauge(
      `${prefix}_${name}_min`,
      `${help}, at least.`,
      pointsOf(rows, (row) => find(row)?.min ?? null),
    ),
    gauge(
      `${prefix}_${name}_max`,
      `${help}, at most.`,
      pointsOf(rows, (row) => find(row)?.max ?? null),
    ),
  ];
  const [, waiting] = bounded("waiting_claims", "Claims that wait for messages", (row) => row.waiting);
  const [, pending] = bounded(
    "notifications_pending",
    "Notifications to send",
    (row) => row.notifications?.pending ?? null,
  );
  return [
    ...bounded("stored_messages", "Messages that are stored", ({ stored }) => stored),
    ...statesOf(prefix, rows),
    {
      ...gauge(`${prefix}_oldest_message_timestamp_seconds`, "No stored message was posted before."),
      unit: "seconds",
      points: pointsOf(rows, ({ oldestAt }) => secondsOf(oldestAt?.min ?? null)),
    },
    {
      ...gauge(`${prefix}_storage_bytes`, "Storage of the queues or topics, tables of the service included."),
      unit: "bytes",
      points: pointsOf(rows, ({ bytes }) => bytes),
    },
    ...[waiting, pending].flatMap((family) => family ?? []),
    ...COUNTERS.map((counter) => {
      const [name, help] = COUNTED[counter];
      return {
        name: `${prefix}_messages_${name}`,
        type: "counter",
        help,
        points: counterPoints(rows, counter),
      } as const;
    }),
    ...notificationCounters(prefix, rows),
  ];
}

/** Stored messages by what claims can do with them. */
function statesOf(prefix: string, rows: readonly FigureRow[]): readonly Family[] {
  const points = (bound: keyof Bounds): readonly Point[] =>
    (["free", "claimed", "delayed"] as const).flatMap((state) =>
      pointsOf(rows, (row) => row[state]?.[bound] ?? null).map(({ labels, value }) => ({
        labels: { ...labels, state },
        value,
      })),
    );
  return [
    gauge(`${prefix}_messages_min`, "Stored messages by state, at least.", points("min")),
    gauge(`${prefix}_messages_max`, "Stored messages by state, at most.", points("max")),
  ];
}

function notificationCounters(prefix: string, rows: readonly FigureRow[]): readonly Family[] {
  const notified = rows.flatMap(({ labels, notifications }) =>
    notifications === null ? [] : [{ labels, counters: notifications.counters }],
  );
  const attempts = (["delivered", "failed"] as const).flatMap((outcome) =>
    counterPoints(
      notified.map(({ labels, counters }) => ({ labels: { ...labels, outcome }, counters })),
      outcome,
    ),
  );
  return [
    {
      name: `${prefix}_notification_attempts`,
      type: "counter",
      help: "Attempts to deliver notifications.",
      points: attempts,
    },
    {
      name: `${prefix}_notifications_given_up`,
      type: "counter",
      help: "Notifications that were refused for good, or whose last attempt has failed.",
      points: counterPoints(notified, "givenUp"),
    },
  ];
}

export function gauge(name: string, help: string, points: readonly Point[] = []) {
  return { name, type: "gauge", help, points } as const;
}

/** Rows without a value, and those whose value has no bound, have no sample. */
export function pointsOf<R extends { readonly labels: Labels }>(
  rows: readonly R[],
  find: (row: R) => number | null,
): readonly Point[] {
  return rows.flatMap((row) => {
    const value = find(row);
    return value === null || value === Infinity ? [] : [{ labels: row.labels, value }];
  });
}

function counterPoints<Name extends string>(
  rows: readonly { readonly labels: Labels; readonly counters: Counted<Readonly<Record<Name, number>>> | null }[],
  name: Name,
): readonly Point[] {
  return rows.flatMap(({ labels, counters }) => {
    if (counters === null) return [];
    const { since, values } = counters;
    return [{ labels, value: values[name], ...(since === undefined ? {} : { since }) }];
  });
}

export function secondsOf(at: EpochMs | number | null): number | null {
  return at === null ? null : at / 1000;
}
