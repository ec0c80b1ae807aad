/** The memory of idle connections: the server's resident memory with none, and with more and more of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { memory } from "../process-facts.ts";
import { readOpenFilesMax } from "../../scripts/open-files.ts";
import { startListeners, type Parts } from "./parts.ts";

export interface IdleSummary {
  readonly connections: number;
  /** Bytes of the server process after the connections have been idle for SLEEP_SECONDS; null: not known on this system. */
  readonly resident: number | null;
  /** The difference to the same server without connections, divided by their number. */
  readonly perConnection: number | null;
  /** Connections that a server with a resident memory of 1 GiB would have, by that. */
  readonly perGibibyte: number | null;
}

export const GIBIBYTE = 2 ** 30;

/** The runtime puts an object to sleep when nothing has happened for ten seconds. */
export const SLEEP_SECONDS = 13;

const COUNTS = [0, 1000, 5000];

/** `parts`: with a server that has had no connections before. */
export async function measureIdle({ bench: { report }, server }: Parts): Promise<readonly IdleSummary[]> {
  using stack = new DisposableStack();
  const summaries: IdleSummary[] = [];
  let open = 0;
  for (const connections of COUNTS) {
    if (!canOpen(connections)) {
      report(`sockets: ${connections} connections need more file descriptors (ulimit -n)`);
      continue;
    }
    report(`sockets: ${connections} idle connections`);
    const count = connections - open;
    stack.use(await startListeners({ port: server.port, count, queue: null }));
    open = connections;
    await sleep(SLEEP_SECONDS * 1000);
    summaries.push(summarize(connections, memory(server.pid)?.resident ?? null, summaries[0]?.resident ?? null));
  }
  return summaries;
}

function summarize(connections: number, resident: number | null, base: number | null): IdleSummary {
  if (resident === null || base === null) return { connections, resident, perConnection: null, perGibibyte: null };
  const perConnection = (resident - base) / connections;
  return { connections, resident, perConnection, perGibibyte: (GIBIBYTE - base) / perConnection };
}

/** The server needs two descriptors for a connection, and some for each hub. */
function canOpen(connections: number): boolean {
  const max = readOpenFilesMax();
  return max === null || max >= connections * 2.2 + 500;
}
