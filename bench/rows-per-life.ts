/**
 * The exact number of rows written and read per message life. A life is a post, a claim and a deletion. One connection is
 * used, because posts that share a commit would be cheaper. The queue exists before the count begins, so that its creation is
 * not counted, and it is empty at the beginning and at the end.
 */
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { LoadGenerator } from "./load/generator.ts";
import { PROJECT } from "./load/requests.ts";
import type { Workload } from "./load/workloads.ts";
import type { RowCounts } from "./row-counts.ts";
import { Workerd } from "./workerd.ts";

export interface RowsPerLife {
  readonly pattern: string;
  readonly lives: number;
  readonly written: number;
  readonly read: number;
}

export async function measureRows(
  generator: LoadGenerator,
  folder: string,
  lives: number,
): Promise<readonly RowsPerLife[]> {
  const config = await bundle({ entry: "bench/rows.ts", config: "config.capnp" }, folder);
  const [batches, single] = await measureUnder({ config, generator, folder: join(folder, "plain"), lives, quotas: {} });
  const [limited] = await measureUnder({ config, generator, folder: join(folder, "quotas"), lives, quotas: QUOTAS });
  return [batches, single, { ...limited, pattern: "batches of 10, with every quota set" }];
}

/** All quotas are set and enforced, and none is reached. */
const QUOTAS = {
  QUOTA_QUEUES: "1000",
  QUOTA_MESSAGES_PER_QUEUE: "1000000",
  QUOTA_BYTES_PER_QUEUE: "1000000000",
  QUOTA_REQUESTS_PER_SECOND: "1000000",
};

async function measureUnder({
  config,
  generator,
  folder,
  lives,
  quotas,
}: {
  readonly config: string;
  readonly generator: LoadGenerator;
  readonly folder: string;
  readonly lives: number;
  readonly quotas: Readonly<Record<string, string>>;
}): Promise<readonly [RowsPerLife, RowsPerLife]> {
  const workerd = await Workerd.start({
    config,
    dataDir: join(folder, "data"),
    environment: { AUTH_STRATEGY: "none", ...quotas },
  });
  try {
    const measure = async (pattern: string, workload: Workload, requestsPerTenLives: number): Promise<RowsPerLife> => {
      const queue = `rows-${requestsPerTenLives}`;
      const run = async (tens: number): Promise<RowCounts> => {
        const job = { workload, queues: [queue], connections: 1, port: workerd.port, serverPid: workerd.pid };
        await generator.run({ ...job, warmupSeconds: 0, seconds: SECONDS_MAX, requests: tens * requestsPerTenLives });
        return await rowCounts(workerd.port, queue);
      };
      const before = await run(1);
      const after = await run(lives / 10);
      return {
        pattern,
        lives,
        written: (after.written - before.written) / lives,
        read: (after.read - before.read) / lives,
      };
    };
    return [
      await measure("batches of 10 (post 10, claim 10, bulk delete 10)", "cycle", 3),
      await measure("one by one (10 posts of 1, claim 10, 10 deletes of 1)", "one by one", 21),
    ];
  } finally {
    await workerd.end("SIGTERM");
  }
}

const SECONDS_MAX = 300;

async function rowCounts(port: number, queue: string): Promise<RowCounts> {
  const response = await fetch(`http://127.0.0.1:${port}/row-counts/queue/${PROJECT}/${queue}`);
  return (await response.json()) as RowCounts;
}
