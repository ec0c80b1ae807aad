/** Formats the result of a run as text. */
import type { AccessSummary } from "./access.ts";
import type { Comparison } from "./against-ceilings.ts";
import type { Aim } from "./aims.ts";
import type { ConsoleSummary } from "./console.ts";
import { burstColumns, LATENCIES, REQUESTS, SERVER_TIME } from "./columns.ts";
import { figure, mebibytes, milliseconds, percent, spread, whole, withError } from "./figures.ts";
import type { ManyQueuesSummary } from "./many-queues.ts";
import type { MeteringSummary } from "./metering.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { Outcome, Run } from "./outcome.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import { renderSockets } from "./sockets/report.ts";
import type { StartSummary } from "./start.ts";
import type { CellSummary, DepthSummary } from "./summary.ts";
import { table } from "./table.ts";
import type { ClientSummary } from "./typescript/measure.ts";

export function render(outcome: Outcome): string {
  const { mode } = outcome;
  return [
    ...heading(outcome),
    cells(outcome.cells),
    "",
    ...renderComparisons(outcome.comparisons),
    "Rows per message life, from the cursors of the queue's object, alarms included",
    rows(outcome.rows),
    "",
    "Queue depth: full cycles of 10 on a queue that contains other messages;",
    `medians of ${mode.depthRounds} rounds of ${mode.seconds} s`,
    depths(outcome.depths),
    "",
    `Many queues: ${mode.manyQueues.toLocaleString("en")} connections with one request of the cycle a second each`,
    manyQueues(outcome.manyQueues),
    "",
    ...renderAccess(outcome.access),
    ...renderMetering(outcome.metering),
    "Notifications: single posts at a constant rate, and the latency to a receiver that answers at once",
    posts(outcome.notifications),
    "",
    "Notifications: maximum rate, posted in batches",
    deliveries(outcome.notifications),
    notificationRows(outcome.notifications),
    "",
    ...renderSockets(outcome.sockets),
    ...renderClient(outcome.client),
    ...renderStart(outcome.start),
    memory(outcome),
    "",
    ...judgement(outcome),
  ].join("\n");
}

/** Of a run with one part, whose results are `lines`. */
export function renderPart(outcome: Run, lines: readonly string[]): string {
  return [...heading(outcome), ...lines, ...judgement(outcome)].join("\n");
}

export function renderStart({ starts, bundle }: StartSummary): readonly string[] {
  return [
    "Start: from the command to the first answer, with a bundle that is built, in turns;",
    `medians of ${starts[0]?.rounds.length ?? 0} starts`,
    table(starts, {
      by: (each) => each.by,
      ms: (each) => whole(each.ms),
      spread: (each) => spread(each.rounds, each.ms),
    }),
    `The bundle that a deployment sends has ${whole(bundle.bytes)} bytes, ${whole(bundle.gzip)} by gzip.`,
    "",
  ];
}

export function renderConsole({ files, times, requests }: ConsoleSummary): readonly string[] {
  return [
    "Console: files",
    table(files, {
      file: (each) => each.name,
      bytes: (each) => whole(each.bytes),
      gzip: (each) => whole(each.gzip),
    }),
    "",
    "Console: from the request of the page to the picture, with an empty cache",
    table(times, {
      picture: (each) => each.seen,
      ms: (each) => whole(each.ms),
      spread: (each) => spread(each.rounds, each.ms),
    }),
    "",
    "Console: requests of an open overview",
    table(requests, { project: (each) => each.project, "requests/min": (each) => whole(each.perMinute) }),
    "",
  ];
}

export function renderMetering(metering: readonly MeteringSummary[]): readonly string[] {
  return [
    "Cost of figures: the same service with METER on and off, in turns",
    PAIRED,
    table<MeteringSummary>(metering, {
      workload: (each) => each.workload,
      connections: (each) => String(each.connections),
      turns: (each) => String(each.first.rounds.length),
      "on, us/request": (each) => whole(each.first.serverCpuMicroseconds),
      "off, us/request": (each) => whole(each.second.serverCpuMicroseconds),
      "on / off": (each) => withError(each.cpu),
    }),
    "",
  ];
}

const PAIRED =
  "us/request: CPU time of the server; ratios: geometric means of fresh pairs of processes, with their standard errors";

export function renderClient(client: readonly ClientSummary[]): readonly string[] {
  return [
    "TypeScript client: the same work by the client and by a loop of fetch, in turns",
    table(client, {
      workload: (each) => each.workload,
      by: (each) => each.means,
      "messages/s": (each) => whole(each.messagesPerSecond),
      spread: (each) => spread(each.rounds, each.messagesPerSecond),
      "/ fetch": (each) => each.ratioToFetch?.toFixed(3) ?? "",
    }),
    "",
  ];
}

function heading({ machine, mode }: Run): readonly string[] {
  return [
    `Sukkal benchmark, ${mode.name} mode, ${machine.date}`,
    `${machine.cores} cores (${machine.processor}), ${machine.system}, workerd ${machine.workerd}, Node ${machine.node}`,
    `Bodies of 1 KiB; data on ${machine.fileSystem}; transparent huge pages: ${machine.hugePages}; latencies are exact.`,
    `Where nothing else is said, medians of ${mode.rounds} rounds of ${mode.seconds} s.`,
    "",
  ];
}

function judgement({ mode, aims: all }: Run): readonly string[] {
  const isShort = mode.name === "short";
  return [isShort ? "Aims: a short run is too short to judge them" : "Aims", aims(all, !isShort)];
}

function cells(summaries: readonly CellSummary[]): string {
  const order = [...new Set(summaries.map((cell) => cell.workload))];
  // Grouped by workload, in the order in which the workloads ran first.
  const sorted = summaries.toSorted((a, b) => order.indexOf(a.workload) - order.indexOf(b.workload));
  return table(sorted, {
    workload: (cell) => cell.workload,
    connections: (cell) => String(cell.connections),
    queues: (cell) => String(cell.queues),
    ...REQUESTS,
    "messages/s": (cell) => (cell.messagesPerSecond === 0 ? "-" : whole(cell.messagesPerSecond)),
    ...LATENCIES,
    ...SERVER_TIME,
    "load CPU": (cell) => percent(cell.loadCpuShare),
  });
}

function rows(counts: readonly RowsPerLife[]): string {
  return table(counts, {
    pattern: (each) => each.pattern,
    lives: (each) => String(each.lives),
    written: (each) => each.written.toFixed(3),
    read: (each) => each.read.toFixed(3),
  });
}

function depths(summaries: readonly DepthSummary[]): string {
  return table(summaries, {
    queue: (each) => each.depth,
    connections: (each) => String(each.connections),
    ...REQUESTS,
    // One of the three requests of a cycle is a claim.
    "claims/s": (each) => whole(each.requestsPerSecond / 3),
    "post p50 ms": (each) => milliseconds(each.postP50Ms),
    "claim p50 ms": (each) => milliseconds(each.claimP50Ms),
    "delete p50 ms": (each) => milliseconds(each.deleteP50Ms),
    ...SERVER_TIME,
  });
}

function manyQueues(summaries: readonly ManyQueuesSummary[]): string {
  return table(summaries, {
    queues: (each) => each.queues.toLocaleString("en"),
    ...REQUESTS,
    ...LATENCIES,
    ...SERVER_TIME,
    "MiB of the server": (each) => mebibytes(each.resident),
  });
}

export function renderComparisons(comparisons: readonly Comparison[]): readonly string[] {
  return [
    "The service beside the ceilings, and many queues beside one, in turns: first divided by second",
    PAIRED,
    table<Comparison>(comparisons, {
      comparison: (each) => each.subject,
      connections: (each) => String(each.connections),
      turns: (each) => String(each.first.rounds.length),
      "us/request": (each) => whole(each.first.serverCpuMicroseconds),
      "server time": (each) => withError(each.cpu),
      "requests/s": (each) => withError(each.rate),
      p50: (each) => withError(each.p50),
    }),
    "",
  ];
}

export function renderAccess(access: readonly AccessSummary[]): readonly string[] {
  return [
    "Cost of authentication: the same service with AUTH_STRATEGY keys and keystone, each in turns with none",
    PAIRED,
    table<AccessSummary>(access, {
      workload: (each) => each.workload,
      connections: (each) => String(each.connections),
      AUTH_STRATEGY: (each) => each.strategy,
      turns: (each) => String(each.first.rounds.length),
      "us/request": (each) => whole(each.first.serverCpuMicroseconds),
      none: (each) => whole(each.second.serverCpuMicroseconds),
      "server time / none": (each) => withError(each.cpu),
      "requests/s / none": (each) => withError(each.rate),
    }),
    "",
  ];
}

function posts({ posts: summaries }: NotificationSummary): string {
  return table(summaries, {
    subscribers: (each) => each.subscriptions.toLocaleString("en"),
    "posts/s": (each) => String(each.postsPerSecond),
    "post p50 ms": (each) => milliseconds(each.postP50Ms),
    "post p99 ms": (each) => milliseconds(each.postP99Ms),
    "arrival p50 ms": (each) => milliseconds(each.arrivalP50Ms ?? Number.NaN),
    "arrival p99 ms": (each) => milliseconds(each.arrivalP99Ms ?? Number.NaN),
  });
}

function deliveries({ rates }: NotificationSummary): string {
  return table(rates, {
    subscribers: (each) => each.subscriptions.toLocaleString("en"),
    ...burstColumns("delivery", "deliveries"),
  });
}

function notificationRows({ rows: { ofQueue, ofDelivery, notifications } }: NotificationSummary): string {
  const [queue, delivery] = [ofQueue.toFixed(3), ofDelivery.toFixed(3)];
  const subject = `Rows written per notification, for ${notifications} posted ten at a time`;
  return `${subject}: ${queue} by the queue, ${delivery} by the DeliveryObject`;
}

function memory({ memory: facts }: Outcome): string {
  if (facts === null) return "Memory of the server process: not known on this system";
  const [now, most] = [mebibytes(facts.resident), mebibytes(facts.residentMax)];
  return `Memory of the server process at the end: ${now} MiB resident, ${most} MiB at most`;
}

function aims(all: readonly Aim[], areJudged: boolean): string {
  return table(all, {
    aim: (each) => each.name,
    reached: ({ reached, error }) => (error === null ? figure(reached) : withError({ mean: reached, error })),
    bound: (each) => `${each.sense} ${each.aim.toLocaleString("en", { maximumFractionDigits: 4 })}`,
    ...(areJudged ? { result: (each: Aim) => (each.isMet ? "met" : "NOT MET") } : {}),
  });
}
