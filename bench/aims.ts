/** The performance aims, and whether a run meets them. */
import type { AccessSummary } from "./access.ts";
import type { ConsoleSummary } from "./console.ts";
import type { ManyQueuesSummary } from "./many-queues.ts";
import type { MeteringSummary } from "./metering.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import { GIBIBYTE } from "./sockets/idle.ts";
import type { StartSummary } from "./start.ts";
import type { SocketSummary } from "./sockets/measure.ts";
import { ratio, type CellSummary, type DepthSummary } from "./summary.ts";
import type { ClientSummary } from "./typescript/measure.ts";

export interface Aim {
  readonly name: string;
  readonly reached: number;
  readonly aim: number;
  readonly sense: "at least" | "at most";
  readonly isMet: boolean;
}

export interface Results {
  readonly start: StartSummary;
  readonly cells: readonly CellSummary[];
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
    ...judgeCells(results.cells),
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

function judgeCells(cells: readonly CellSummary[]): readonly Aim[] {
  const cell = (workload: string, connections: number, queues = 1): CellSummary | undefined =>
    cells.find((each) => each.workload === workload && each.connections === connections && each.queues === queues);
  const rounds = (...which: Parameters<typeof cell>): readonly number[] => cell(...which)?.rounds ?? [];
  return [
    aim(
      "full cycle / no-op object RPC, requests/s, 64 connections",
      ratio(rounds("cycle", 64), rounds("no-op RPC", 64)),
      "at least",
      0.45,
    ),
    aim(
      "full cycle / no-op object RPC, server time per request, 64 connections",
      serverTime(cell("cycle", 64)) / serverTime(cell("no-op RPC", 64)),
      "at most",
      2.6,
    ),
    aim(
      "full cycle on 16 queues / on one, requests/s, 64 connections",
      ratio(rounds("cycle", 64, 16), rounds("cycle", 64)),
      "at least",
      0.6,
    ),
    aim(
      "full cycle / one-row write, requests/s, 1 connection",
      ratio(rounds("cycle", 1), rounds("one-row write", 1)),
      "at least",
      0.75,
    ),
    aim(
      "post of 1 / one-row write, p50, 1 connection",
      (cell("post 1", 1)?.p50Ms ?? Number.NaN) / (cell("one-row write", 1)?.p50Ms ?? Number.NaN),
      "at most",
      1.3,
    ),
  ];
}

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

function serverTime(cell: CellSummary | undefined): number {
  return cell?.serverCpuMicroseconds ?? Number.NaN;
}

function judgeAccess(access: readonly AccessSummary[]): readonly Aim[] {
  return access
    .filter(({ ratioToTrusting }) => ratioToTrusting !== null)
    .map(({ strategy, workload, connections, ratioToTrusting }) =>
      aim(
        `${workload}, ${connections} connections, ${strategy} / none, requests/s`,
        ratioToTrusting ?? 0,
        "at least",
        0.95,
      ),
    );
}

export function judgeMetering(metering: readonly MeteringSummary[]): readonly Aim[] {
  return metering.map(({ workload, connections, cpu }) =>
    aim(`${workload}, ${connections} connections, METER on / off, server time per request`, cpu.mean, "at most", 1.02),
  );
}

function judgeNotifications({ posts, rates }: NotificationSummary): readonly Aim[] {
  const postsTo = (subscriptions: number): NotificationSummary["posts"][number] | undefined =>
    posts.find((each) => each.subscriptions === subscriptions);
  const [none, one, ten] = [postsTo(0), postsTo(1), postsTo(10)];
  return [
    ...rates.map(({ subscriptions, arrivalsPerSecond }) =>
      aim(`deliveries/s to ${subscriptions} subscribers`, arrivalsPerSecond, "at least", 1000),
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
          `${workload}, ${connections} connections, WebSocket / HTTP, server time per request`,
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

function aim(name: string, reached: number | undefined, sense: Aim["sense"], bound: number): Aim {
  const value = reached ?? Number.NaN;
  return { name, reached: value, sense, aim: bound, isMet: sense === "at least" ? value >= bound : value <= bound };
}
