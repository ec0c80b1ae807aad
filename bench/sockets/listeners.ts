/** Starts and controls a process with many WebSocket connections. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ArrivalProcess } from "../arrival-process.ts";

export interface ListenersOptions {
  readonly port: number;
  readonly count: number;
  /** Each connection subscribes to this queue; null: it only authenticates. */
  readonly queue: string | null;
  /** Whether they read nothing after their first reply, as clients that hang. */
  readonly areSilent?: boolean;
}

export class Listeners extends ArrivalProcess {
  /** Resolves when all connections have their first reply. */
  static async start(options: ListenersOptions): Promise<Listeners> {
    const child = fork(fileURLToPath(new URL("listeners-process.ts", import.meta.url)), [JSON.stringify(options)]);
    const listeners = new Listeners(child);
    await listeners.answer();
    return listeners;
  }
}
