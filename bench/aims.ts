/** The performance aims, and whether a run meets them. */
import type { AccessSummary } from "./access.ts";
import type { Comparison, Subject } from "./against-ceilings.ts";
import type { ConsoleSummary } from "./console.ts";
import type { ManyQueuesSummary } from "./many-queues.ts";
import type { MeteringSummary } from "./metering.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { PairRatio } from "./statistics.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import { GIBIBYTE } from "./sockets/idle.ts";
import type { StartSummary } from "./start.ts";
import type { SocketSummary } from "./sockets/measure.ts";
import { ratio, type CellSummary, type DepthSummary } from "./summary.ts";
import type { ClientSummary } from "./typescript/measure.ts";

export interface Aim {
  readonly name: string;
  readonly reached: number;
  /** The standard error of what is reached; null: not known. */
  readonly error: number | null;
  readonly aim: number;
  readonly sense: "at least" | "at most";
  readonly isMet: boolean;
}

export interface Results {
  readonly start: StartSummary;
  readonly cells: readonly CellSummary[];
  readonly comparisons: readonly Comparison[];
  readonly rows: readonly RowsPerLife[];
  readonly depths: readonly DepthSummary[];
  readonly manyQueues: readonly ManyQueuesSummary[];
  readonly access: readonly AccessSummary[];
  readonly metering: readonly MeteringSummary[];
  readonly notifications: NotificationSummary;
  readonly sockets: SocketSummary;
  readonly client: readonly ClientSummary[];
}

export function judge(results: Results): readonly Aim[] {
  return [
    ...judgeComparisons(results.comparisons),
    ...judgeRows(results.rows),
    ...judgeAccess(results.access),
    ...judgeDepths(results.depths),
    ...judgeMetering(results.metering),
    ...judgeNotifications(results.notifications),
    ...judgeSockets(results.sockets),
    ...judgeClient(results.client),
    ...judgeStart(results.start),
  ];
}

export function judgeComparisons(comparisons: readonly Comparison[]): readonly Aim[] {
  const aimAt = (subject: Subject, measure: "rate" | "cpu" | "p50", sense: Aim["sense"], bound: number): Aim => {
    const found = comparisons.find((each) => each.subject === subject);
    const name = `${subject}, ${MEASURES[measure]}, ${counted(found?.connections ?? 0, "connection")}`;
    return pairAim(name, found?.[measure], sense, bound);
  };
  return [
    aimAt("full cycle / no-op object RPC", "rate", "at least", 0.45),
    aimAt("full cycle / no-op object RPC", "cpu", "at most", 2.6),
    aimAt("full cycle on 16 queues / on one", "rate", "at least", 0.6),
    aimAt("full cycle / one-row write", "rate", "at least", 0.75),
    aimAt("post of 1 / one-row write", "p50", "at most", 1.3),
  ];
}

const MEASURES = { rate: "requests/s", cpu: "server time per request", p50: "p50" } as const;

function judgeRows([batch, single, limited]: readonly RowsPerLife[]): readonly Aim[] {
  return [
    aim("rows written per message life, batches of 10", batch?.written, "at most", 0.4),
    aim("the same with re-used claim rows", batch?.written, "at most", 0.3),
    aim("rows written per message life, one by one", single?.written, "at most", 2.2),
    aim(
      "rows written per message life with every quota set, batches of 10",
      limited?.written,
      "at most",
      batch?.written ?? 0,
    ),
  ];
}

function judgeDepths(depths: readonly DepthSummary[]): readonly Aim[] {
  const deepest = depths.filter((each) => each.claimed === 0).reduce((a, b) => (b.stored > a.stored ? b : a)).stored;
  const depth = (stored: number, connections: number): DepthSummary | undefined =>
    depths.find((each) => each.stored === stored && each.claimed === 0 && each.connections === connections);
  const [deep, empty, deepBusy, emptyBusy] = [depth(deepest, 1), depth(0, 1), depth(deepest, 64), depth(0, 64)];
  const at = deepest.toLocaleString("en");
  return [
    aim(
      `claim p50 at ${at} stored / empty, 1 connection`,
      ratio(deep?.claimP50MsRounds ?? [], empty?.claimP50MsRounds ?? []),
      "at most",
      1.2,
    ),
    aim(
      `cycle requests/s empty / ${at} stored, 64 connections`,
      ratio(emptyBusy?.rounds ?? [], deepBusy?.rounds ?? []),
      "at most",
      1.2,
    ),
  ];
}

export function judgeAccess(access: readonly AccessSummary[]): readonly Aim[] {
  return access.map(({ strategy, workload, connections, rate }) =>
    pairAim(
      `${workload}, ${counted(connections, "connection")}, ${strategy} / none, requests/s`,
      rate,
      "at least",
      0.95,
    ),
  );
}

export function judgeMetering(metering: readonly MeteringSummary[]): readonly Aim[] {
  return metering.map(({ workload, connections, cpu }) =>
    pairAim(
      `${workload}, ${counted(connections, "connection")}, METER on / off, server time per request`,
      cpu,
      "at most",
      1.02,
    ),
  );
}

function judgeNotifications({ posts, rates }: NotificationSummary): readonly Aim[] {
  const postsTo = (subscriptions: number): NotificationSummary["posts"][number] | undefined =>
    posts.find((each) => each.subscriptions === subscriptions);
  const [none, one, ten] = [postsTo(0), postsTo(1), postsTo(10)];
  return [
    ...rates.map(({ subscriptions, arrivalsPerSecond }) =>
      aim(`deliveries/s to ${counted(subscriptions, "subscriber")}`, arrivalsPerSecond, "at least", 1000),
    ),
    aim("post to receiver, p50 ms, 1 subscriber", one?.arrivalP50Ms ?? undefined, "at most", 25),
    aim(
      "post p50 with 10 subscribers / none",
      ratio(ten?.postP50MsRounds ?? [], none?.postP50MsRounds ?? []),
      "at most",
      1.3,
    ),
  ];
}

export function judgeSockets({ transports, idle, pushes, neighbours, waits }: SocketSummary): readonly Aim[] {
  const [reading, silent] = ["read", "read nothing"].map((others) => neighbours.find((each) => each.others === others));
  const [overHttp, overWebSocket] = waits;
  const most = idle.at(-1);
  return [
    ...transports
      .filter(({ transport }) => transport === "websocket")
      .map(({ workload, connections, cpuRatioToHttp }) =>
        aim(
          `${workload}, ${counted(connections, "connection")}, WebSocket / HTTP, server time per request`,
          cpuRatioToHttp ?? undefined,
          "at most",
          1,
        ),
      ),
    aim(
      `GiB with ${most?.connections.toLocaleString("en")} idle WebSocket connections`,
      (most?.resident ?? Number.NaN) / GIBIBYTE,
      "at most",
      1,
    ),
    aim("post to push, p50 ms, 1 WebSocket connection", pushes[0]?.pushP50Ms, "at most", 10),
    aim(
      "push p99 beside connections that read nothing / that read",
      (silent?.pushP99Ms ?? Number.NaN) / (reading?.pushP99Ms ?? Number.NaN),
      "at most",
      2,
    ),
    aim(
      "post to claim of a waiting consumer, p50, WebSocket / HTTP",
      (overWebSocket?.claimP50Ms ?? Number.NaN) / (overHttp?.claimP50Ms ?? Number.NaN),
      "at most",
      1,
    ),
  ];
}

export function judgeClient(client: readonly ClientSummary[]): readonly Aim[] {
  return client
    .filter(({ means }) => means === "client")
    .map(({ workload, ratioToFetch }) =>
      aim(`${workload}, TypeScript client / fetch, messages/s`, ratioToFetch ?? undefined, "at least", 0.8),
    );
}

export function judgeStart({ starts, bundle }: StartSummary): readonly Aim[] {
  return [
    aim("ms from npm start to the first answer", starts.find(({ by }) => by === "npm start")?.ms, "at most", 500),
    aim("bytes of the deployed bundle, gzip", bundle.gzip, "at most", 153_600),
  ];
}

export function judgeConsole({ files, times, requests }: ConsoleSummary): readonly Aim[] {
  const script = files.find(({ name }) => name === "index.js")?.gzip;
  return [
    aim("bytes of the console's main script, gzip", script, "at most", 60_000),
    aim(`ms to the ${times.at(-1)?.seen}`, times.at(-1)?.ms, "at most", 1000),
    ...requests.map(({ project, perMinute }) =>
      aim(`requests a minute of the overview, ${project} project`, perMinute, "at most", project === "idle" ? 5 : 30),
    ),
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function aim(name: string, reached: number | undefined, sense: Aim["sense"], bound: number): Aim {
  const value = reached ?? Number.NaN;
  const isMet = sense === "at least" ? value >= bound : value <= bound;
  return { name, reached: value, error: null, sense, aim: bound, isMet };
}

function pairAim(name: string, measured: PairRatio | undefined, sense: Aim["sense"], bound: number): Aim {
  return { ...aim(name, measured?.mean, sense, bound), error: measured?.error ?? null };
}
