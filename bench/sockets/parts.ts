/** What every measurement of WebSocket connections has, and the processes with connections that it starts. */
import { ArrivalProcess } from "../arrival-process.ts";
import { Client } from "../client.ts";
import type { Bench, Target } from "../rounds.ts";
import { Server } from "../server.ts";
import type { ConsumersOptions } from "./consumers-process.ts";
import type { ListenersOptions } from "./listeners-process.ts";

export interface Parts {
  readonly bench: Bench;
  readonly client: Client;
  readonly server: Target;
}

/** One connection sends more than the default allows. All other settings have their defaults. */
const ENVIRONMENT = { AUTH_STRATEGY: "none", WEBSOCKET_ACTIONS_PER_SECOND: "1000000" };

/** `use` gets a server that has had no connections before. */
export async function withServer<T>(bench: Bench, dataDir: string, use: (parts: Parts) => Promise<T>): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const server = stack.adopt(await Server.start({ dataDir, environment: ENVIRONMENT }), (each) => each.stop());
  const client = stack.adopt(new Client(server), (each) => each.close());
  return await use({ bench, client, server });
}

/** Resolves when all connections have their first reply. */
export async function startListeners(options: ListenersOptions): Promise<ArrivalProcess> {
  return await ArrivalProcess.start(new URL("listeners-process.ts", import.meta.url), options);
}

/** Resolves when all consumers have sent their first claim. */
export async function startConsumers(options: ConsumersOptions): Promise<ArrivalProcess> {
  return await ArrivalProcess.start(new URL("consumers-process.ts", import.meta.url), options);
}
