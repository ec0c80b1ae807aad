/** WebSocket connections: their requests compared with HTTP, their memory, and pushes to them. */
import { join } from "node:path";
import { Client } from "../client.ts";
import type { Bench } from "../rounds.ts";
import { Server } from "../server.ts";
import { measureIdle, type IdleSummary } from "./idle.ts";
import {
  measureNeighbours,
  measurePushes,
  measurePushRates,
  type NeighbourSummary,
  type PushRateSummary,
  type PushSummary,
} from "./pushes.ts";
import { measureTransports, type TransportSummary } from "./requests.ts";

export interface SocketSummary {
  readonly transports: readonly TransportSummary[];
  readonly idle: readonly IdleSummary[];
  readonly pushes: readonly PushSummary[];
  readonly rates: readonly PushRateSummary[];
  readonly neighbours: readonly NeighbourSummary[];
}

/** One connection sends more than the default allows. All other settings have their defaults. */
const ENVIRONMENT = { AUTH_STRATEGY: "none", WEBSOCKET_ACTIONS_PER_SECOND: "1000000" };

export async function measureSockets(bench: Bench, folder: string): Promise<SocketSummary> {
  // A process of its own for the memory, which must not have been used before.
  const idle = await withServer(join(folder, "idle"), (server) => measureIdle(bench, server));
  return await withServer(join(folder, "data"), async (server) => {
    const client = new Client(server);
    try {
      const parts = { bench, client, server };
      return {
        transports: await measureTransports(bench, client, server),
        idle,
        pushes: await measurePushes(parts),
        rates: await measurePushRates(parts),
        neighbours: await measureNeighbours(parts),
      };
    } finally {
      client.close();
    }
  });
}

async function withServer<T>(dataDir: string, use: (server: Server) => Promise<T>): Promise<T> {
  const server = await Server.start({ dataDir, environment: ENVIRONMENT });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
