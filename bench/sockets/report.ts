/** Formats the measurements of WebSocket connections as text. */
import { mebibytes, milliseconds, spread, whole } from "../figures.ts";
import { table } from "../table.ts";
import type { SocketSummary } from "./measure.ts";

export function renderSockets(summary: SocketSummary): readonly string[] {
  return [...requests(summary), "", ...pushes(summary)];
}

function requests({ transports, idle }: SocketSummary): readonly string[] {
  return [
    "WebSocket: the same requests over both transports, in turns",
    table(
      [
        "workload",
        "connections",
        "transport",
        "requests/s",
        "spread",
        "p50 ms",
        "p99 ms",
        "server us/request",
        "/ HTTP",
      ],
      transports.map((each) => [
        each.workload,
        String(each.connections),
        each.transport === "http" ? "HTTP" : "WebSocket",
        whole(each.requestsPerSecond),
        spread(each.rounds, each.requestsPerSecond),
        milliseconds(each.p50Ms),
        milliseconds(each.p99Ms),
        whole(each.serverCpuMicroseconds),
        each.cpuRatioToHttp?.toFixed(3) ?? "",
      ]),
    ),
    "",
    "WebSocket: memory of the server process with idle connections",
    table(
      ["connections", "resident MiB", "KiB/connection", "connections/GiB"],
      idle.map((each) => [
        each.connections.toLocaleString("en"),
        mebibytes(each.resident),
        each.perConnection === null ? "-" : (each.perConnection / 1024).toFixed(0),
        whole(each.perGibibyte),
      ]),
    ),
  ];
}

function pushes({ pushes: paces, rates, neighbours }: SocketSummary): readonly string[] {
  return [
    "WebSocket: single posts at a constant rate, and the latency to connections that are subscribed",
    table(
      ["connections", "posts/s", "post p50 ms", "push p50 ms", "push p99 ms"],
      paces.map((each) => [
        each.sockets.toLocaleString("en"),
        String(each.postsPerSecond),
        milliseconds(each.postP50Ms),
        milliseconds(each.pushP50Ms),
        milliseconds(each.pushP99Ms),
      ]),
    ),
    "",
    "WebSocket: maximum rate, posted in batches",
    table(
      ["connections", "pushes/s", "spread", "server us/push"],
      rates.map((each) => [
        each.sockets.toLocaleString("en"),
        whole(each.pushesPerSecond),
        spread(each.rounds, each.pushesPerSecond),
        whole(each.serverCpuMicroseconds),
      ]),
    ),
    "",
    "WebSocket: pushes to connections that share a hub with others, which are sent 500 KB/s each",
    table(
      ["the others", "push p50 ms", "push p99 ms"],
      neighbours.map((each) => [each.others, milliseconds(each.pushP50Ms), milliseconds(each.pushP99Ms)]),
    ),
  ];
}
