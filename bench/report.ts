/** Formats the result of a run as text. */
import type { AccessSummary } from "./access.ts";
import type { Aim } from "./aims.ts";
import { mebibytes, milliseconds, percent, spread, whole } from "./figures.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { Outcome } from "./outcome.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import { renderSockets } from "./sockets/report.ts";
import type { CellSummary, DepthSummary } from "./summary.ts";
import { table } from "./table.ts";

export function render(outcome: Outcome): string {
  const { machine, mode } = outcome;
  return [
    `Sukkal benchmark, ${mode.name} mode, ${machine.date}`,
    `${machine.cores} cores (${machine.processor}), ${machine.system}, workerd ${machine.workerd}, Node ${machine.node}`,
    `Medians of ${mode.rounds} rounds of ${mode.seconds} s; bodies of 1 KiB; data on ${machine.fileSystem}; latencies are exact.`,
    "",
    cells(outcome.cells),
    "",
    "Rows per message life, from the cursors of the queue's object, alarms included",
    rows(outcome.rows),
    "",
    "Queue depth: full cycles of 10 on a queue that contains other messages;",
    `medians of ${mode.depthRounds} rounds of ${mode.seconds} s`,
    depths(outcome.depths),
    "",
    "Cost of authentication: the same service with AUTH_STRATEGY none, keys and keystone, in turns",
    access(outcome.access),
    "",
    "Notifications: single posts at a constant rate, and the latency to a receiver that answers at once",
    postsTable(outcome.notifications),
    "",
    "Notifications: maximum rate, posted in batches",
    ratesTable(outcome.notifications),
    notificationRows(outcome.notifications),
    "",
    ...renderSockets(outcome.sockets),
    "",
    memory(outcome),
    "",
    "Aims",
    aims(outcome.aims),
  ].join("\n");
}

function cells(summaries: readonly CellSummary[]): string {
  const load = ["workload", "connections", "queues"];
  const rates = ["requests/s", "spread", "messages/s", "p50 ms", "p99 ms", "server us/request", "load CPU"];
  return table(
    [...load, ...rates],
    summaries
      .toSorted(byWorkload(summaries))
      .map((cell) => [
        cell.workload,
        String(cell.connections),
        String(cell.queues),
        whole(cell.requestsPerSecond),
        spread(cell.rounds, cell.requestsPerSecond),
        cell.messagesPerSecond === 0 ? "-" : whole(cell.messagesPerSecond),
        milliseconds(cell.p50Ms),
        milliseconds(cell.p99Ms),
        whole(cell.serverCpuMicroseconds),
        percent(cell.loadCpuShare),
      ]),
  );
}

/** Groups by workload, in the order in which the workloads ran first. */
function byWorkload(summaries: readonly CellSummary[]): (a: CellSummary, b: CellSummary) => number {
  const order = [...new Set(summaries.map((cell) => cell.workload))];
  return (a, b) => order.indexOf(a.workload) - order.indexOf(b.workload);
}

function rows(counts: readonly RowsPerLife[]): string {
  const lines = counts.map((each) => [each.pattern, String(each.lives), each.written.toFixed(3), each.read.toFixed(3)]);
  return table(["pattern", "lives", "written", "read"], lines);
}

function depths(summaries: readonly DepthSummary[]): string {
  const rates = ["queue", "connections", "requests/s", "spread", "claims/s"];
  const latencies = ["post p50 ms", "claim p50 ms", "delete p50 ms"];
  return table(
    [...rates, ...latencies, "server us/request"],
    summaries.map((each) => [
      each.depth,
      String(each.connections),
      whole(each.requestsPerSecond),
      spread(each.rounds, each.requestsPerSecond),
      // One of the three requests of a cycle is a claim.
      whole(each.requestsPerSecond / 3),
      milliseconds(each.postP50Ms),
      milliseconds(each.claimP50Ms),
      milliseconds(each.deleteP50Ms),
      whole(each.serverCpuMicroseconds),
    ]),
  );
}

function access(summaries: readonly AccessSummary[]): string {
  return table(
    ["workload", "connections", "AUTH_STRATEGY", "requests/s", "spread", "p50 ms", "server us/request", "/ none"],
    summaries.map((each) => [
      each.workload,
      String(each.connections),
      each.strategy,
      whole(each.requestsPerSecond),
      spread(each.rounds, each.requestsPerSecond),
      milliseconds(each.p50Ms),
      whole(each.serverCpuMicroseconds),
      each.ratioToTrusting === null ? "" : each.ratioToTrusting.toFixed(3),
    ]),
  );
}

function postsTable({ posts: summaries }: NotificationSummary): string {
  return table(
    ["subscribers", "posts/s", "post p50 ms", "post p99 ms", "arrival p50 ms", "arrival p99 ms"],
    summaries.map((each) => [
      each.subscriptions.toLocaleString("en"),
      String(each.postsPerSecond),
      milliseconds(each.postP50Ms),
      milliseconds(each.postP99Ms),
      milliseconds(each.arrivalP50Ms ?? Number.NaN),
      milliseconds(each.arrivalP99Ms ?? Number.NaN),
    ]),
  );
}

function ratesTable({ rates: summaries }: NotificationSummary): string {
  return table(
    ["subscribers", "deliveries/s", "spread", "server us/delivery"],
    summaries.map((each) => [
      each.subscriptions.toLocaleString("en"),
      whole(each.deliveriesPerSecond),
      spread(each.rounds, each.deliveriesPerSecond),
      whole(each.serverCpuMicroseconds),
    ]),
  );
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

function aims(all: readonly Aim[]): string {
  const lines = all.map((each) => [
    each.name,
    each.reached.toFixed(3),
    `${each.sense} ${each.aim}`,
    each.isMet ? "met" : "NOT MET",
  ]);
  return table(["aim", "reached", "bound", ""], lines);
}
