/**
 * The cost of authentication: the service with AUTH_STRATEGY=none, keys and keystone, each in its own process. They are
 * measured in turns, so that a slow phase of the machine affects all of them. Keystone is a stand-in that gets one request,
 * as the real one would: requests with a cached credential are measured.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import type { Workload } from "./load/workloads.ts";
import { PROJECT, TRUSTED } from "./load/requests.ts";
import { measureSides, shorten, type PairResult, type Side } from "./pairs.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";

/** First: with the strategy. Second: with `none`. */
export interface AccessSummary extends PairResult {
  readonly strategy: string;
  readonly workload: Workload;
  readonly connections: number;
}

const CELLS = [
  { workload: "cycle", connections: 1 },
  { workload: "cycle", connections: 64 },
  { workload: "list 10", connections: 16 },
] as const;

/** In each round of the mode. */
const PAIRS_PER_ROUND = 4;
const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ADMIN_API_KEY = `sk_admin_${"bench".repeat(8)}`;

interface Mode {
  readonly strategy: string;
  readonly server: Server;
  readonly identity: string;
}

export async function measureAccess(bench: Bench, folder: string): Promise<readonly AccessSummary[]> {
  await using stack = new AsyncDisposableStack();
  const keystone = createServer((request, response) => {
    const token = {
      user: { id: "u" },
      project: { id: PROJECT },
      roles: [{ name: "member" }],
      expires_at: "2100-01-01T00:00:00Z",
    };
    response.writeHead(request.headers["x-subject-token"] === "token" ? 200 : 404, {
      "Content-Type": "application/json",
    });
    response.end(JSON.stringify({ token }));
  });
  await once(keystone.listen(0, "127.0.0.1"), "listening");
  stack.defer(() => void keystone.close());
  const address = keystone.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const start = async (strategy: string, settings: Readonly<Record<string, string>>): Promise<Server> =>
    stack.adopt(
      await Server.start({ dataDir: join(folder, strategy), environment: { AUTH_STRATEGY: strategy, ...settings } }),
      async (server) => await server.stop(),
    );
  const keyed = await start("keys", { ADMIN_API_KEY });
  const modes: readonly [Mode, Mode, Mode] = [
    { strategy: "none", server: await start("none", {}), identity: TRUSTED },
    { strategy: "keys", server: keyed, identity: `Authorization: Bearer ${await makeKey(keyed)}` },
    {
      strategy: "keystone",
      server: await start("keystone", { KEYSTONE_URL: `http://127.0.0.1:${port}` }),
      identity: "X-Auth-Token: token",
    },
  ];
  // With AUTH_STRATEGY=none the list of a queue that does not exist would be answered without a call to its object.
  for (const mode of modes) for (const cell of CELLS) await createQueue(mode, queueOf(cell));
  const [none, ...others] = modes;
  const cells = CELLS.flatMap((cell) =>
    others.map((mode) => ({ ...cell, strategy: mode.strategy, first: sideOf(mode, cell), second: sideOf(none, cell) })),
  );
  const results = await measureSides(shorten(bench), {
    subject: "access",
    cells,
    pairs: PAIRS_PER_ROUND * bench.mode.rounds,
  });
  return cells.flatMap(({ strategy, workload, connections }, index) => {
    const result = results[index];
    return result === undefined ? [] : { strategy, workload, connections, ...result };
  });
}

function sideOf({ server, identity }: Mode, cell: (typeof CELLS)[number]): Side {
  return { ...cell, target: server, identity, queues: [queueOf(cell)] };
}

function queueOf({ connections }: (typeof CELLS)[number]): string {
  return `access-${connections}`;
}

async function createQueue({ server, identity }: Mode, queue: string): Promise<void> {
  const [name = "", value = ""] = identity.split(": ");
  const response = await fetch(`${server.url}/v2/queues/${queue}`, {
    method: "PUT",
    headers: { [name]: value, "Client-ID": CLIENT_ID },
  });
  if (!response.ok) throw new Error(`PUT of the queue ${queue}: ${response.status}`);
}

async function makeKey(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/v2/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": CLIENT_ID },
    body: JSON.stringify({ project_id: PROJECT }),
  });
  return ((await response.json()) as { readonly key: string }).key;
}
