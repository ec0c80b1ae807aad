/** WebSocket connections: their requests compared with HTTP, their memory, and pushes to them. */
import { join } from "node:path";
import type { Bench } from "../rounds.ts";
import { measureIdle, type IdleSummary } from "./idle.ts";
import { withServer, type Parts } from "./parts.ts";
import {
  measureNeighbours,
  measurePushes,
  measurePushRates,
  type NeighbourSummary,
  type PushRateSummary,
  type PushSummary,
} from "./pushes.ts";
import { measureTransports, type TransportSummary } from "./requests.ts";
import { measureCrowds, measureWaits, type CrowdSummary, type WaitSummary } from "./waits.ts";

export interface SocketSummary {
  readonly transports: readonly TransportSummary[];
  readonly idle: readonly IdleSummary[];
  readonly pushes: readonly PushSummary[];
  readonly rates: readonly PushRateSummary[];
  readonly neighbours: readonly NeighbourSummary[];
  readonly waits: readonly WaitSummary[];
  readonly crowds: readonly CrowdSummary[];
}

export async function measureSockets(bench: Bench, folder: string): Promise<SocketSummary> {
  const inFolder = async <T>(name: string, use: (parts: Parts) => Promise<T>): Promise<T> =>
    await withServer(bench, join(folder, name), use);
  // A process of its own for the memory, which must not have been used before.
  const idle = await inFolder("idle", measureIdle);
  const crowds = await inFolder("crowd-http", (http) =>
    inFolder("crowd-websocket", (websocket) => measureCrowds(bench, { http, websocket })),
  );
  return await inFolder("data", async (parts) => ({
    transports: await measureTransports(parts),
    idle,
    pushes: await measurePushes(parts),
    rates: await measurePushRates(parts),
    neighbours: await measureNeighbours(parts),
    waits: await measureWaits(parts),
    crowds,
  }));
}
