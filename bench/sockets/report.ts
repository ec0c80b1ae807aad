/** Formats the measurements of WebSocket connections as text. */
import { burstColumns, LATENCIES, REQUESTS, SERVER_TIME } from "../columns.ts";
import { kibibytes, mebibytes, milliseconds, whole } from "../figures.ts";
import type { Transport } from "../load/transports.ts";
import { table, type Columns } from "../table.ts";
import type { SocketSummary } from "./measure.ts";

/** Ends with an empty line. */
export function renderSockets(summary: SocketSummary): readonly string[] {
  return Object.entries(TABLES).flatMap(([title, render]) => [`WebSocket: ${title}`, render(summary), ""]);
}

const TRANSPORT: Columns<{ readonly transport: Transport }> = {
  transport: (each) => (each.transport === "http" ? "HTTP" : "WebSocket"),
};
const CONNECTIONS: Columns<{ readonly sockets: number }> = {
  connections: (each) => each.sockets.toLocaleString("en"),
};
const PUSH_LATENCIES: Columns<{ readonly pushP50Ms: number; readonly pushP99Ms: number }> = {
  "push p50 ms": (each) => milliseconds(each.pushP50Ms),
  "push p99 ms": (each) => milliseconds(each.pushP99Ms),
};
const POSTS: Columns<{ readonly postsPerSecond: number; readonly postP50Ms: number }> = {
  "posts/s": (each) => String(each.postsPerSecond),
  "post p50 ms": (each) => milliseconds(each.postP50Ms),
};
const CONSUMERS: Columns<{ readonly consumers: number }> = {
  consumers: (each) => each.consumers.toLocaleString("en"),
};

const TABLES: Readonly<Record<string, (summary: SocketSummary) => string>> = {
  "the same requests over both transports, in turns": ({ transports }) =>
    table(transports, {
      workload: (each) => each.workload,
      connections: (each) => String(each.connections),
      ...TRANSPORT,
      ...REQUESTS,
      ...LATENCIES,
      ...SERVER_TIME,
      "/ HTTP": (each) => each.cpuRatioToHttp?.toFixed(3) ?? "",
    }),
  "memory of the server process with idle connections": ({ idle }) =>
    table(idle, {
      connections: (each) => each.connections.toLocaleString("en"),
      "resident MiB": (each) => mebibytes(each.resident),
      "KiB/connection": (each) => kibibytes(each.perConnection),
      "connections/GiB": (each) => whole(each.perGibibyte),
    }),
  "single posts at a constant rate, and the latency to connections that are subscribed": ({ pushes }) =>
    table(pushes, { ...CONNECTIONS, ...POSTS, ...PUSH_LATENCIES }),
  "maximum rate, posted in batches": ({ rates }) => table(rates, { ...CONNECTIONS, ...burstColumns("push", "pushes") }),
  "pushes to connections that share a hub with others, which are sent 500 KB/s each": ({ neighbours }) =>
    table(neighbours, { "the others": (each) => each.others, ...PUSH_LATENCIES }),
  "single posts at a constant rate, and the latency to consumers whose claims wait, in turns": ({ waits }) =>
    table(waits, {
      ...CONSUMERS,
      ...TRANSPORT,
      ...POSTS,
      "claim p50 ms": (each) => milliseconds(each.claimP50Ms),
      "claim p99 ms": (each) => milliseconds(each.claimP99Ms),
    }),
  "a message for each of many consumers whose claims wait": ({ crowds }) =>
    table(crowds, {
      ...CONSUMERS,
      ...TRANSPORT,
      "KiB/consumer": (each) => kibibytes(each.perConsumer),
      "ms until all have one": (each) => whole(each.milliseconds),
      ...burstColumns("claim", "claims"),
    }),
};
