/**
 * A receiver of notifications in its own process, which answers at once. The bodies contain the time of their post, from
 * which the report computes the latencies.
 */
import { createServer } from "node:http";
import { now } from "./instant.ts";
import type { ReceiverReport } from "./receiver.ts";
import { percentile } from "./statistics.ts";

const POSTED_AT = /"t": ([\d.]+)/;

let latencies: number[] = [];
let lastAt = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    lastAt = now();
    latencies.push(lastAt - Number(POSTED_AT.exec(Buffer.concat(chunks).toString("latin1"))?.[1]));
    response.end();
  });
});

function report(): ReceiverReport {
  const sorted = Float64Array.from(latencies).toSorted();
  return { count: sorted.length, lastAt, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

process.on("message", (command) => {
  process.send?.(report());
  if (command === "begin") latencies = [];
});
process.on("disconnect", () => process.exit());

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(address !== null && typeof address === "object" ? address.port : 0);
});
