/**
 * A Worker that works on a queue every five minutes, for at most 25 seconds. So it costs nothing while there is nothing to do.
 *
 *   npx wrangler deploy -c examples/cron-drain/wrangler.toml
 *
 * wrangler.toml has the address and the queue. The credential consists of secrets of the Worker, with names of ../connection.ts:
 * `wrangler secret put SUKKAL_KEY -c …` for an API key; OS_AUTH_URL, OS_APPLICATION_CREDENTIAL_ID and
 * OS_APPLICATION_CREDENTIAL_SECRET for Keystone; none with AUTH_STRATEGY=none.
 */
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";

interface Env extends Readonly<Record<string, string>> {
  readonly QUEUE: string;
}

/** Milliseconds. Handlers that run at the end are awaited, so this and the slowest handler have to fit in the time of a run. */
const FOR_MS = 25_000;

export default {
  async scheduled(_controller: unknown, env: Env): Promise<void> {
    let [done, failed] = [0, 0];
    const jobs = new Sukkal(connection(env)).queue(env.QUEUE);
    // Returns when the queue is empty or the time is over. Throws if the service refuses or never answers: then the run has failed.
    await jobs.drain(
      async ({ body }, { signal }) => {
        // `signal` aborts when another run may have the message, because this one could not renew its lease.
        signal.throwIfAborted();
        console.log("job:", JSON.stringify(body));
        done++;
      },
      {
        forMs: FOR_MS,
        // A Worker may have six requests under way.
        concurrency: 5,
        // A message that failed comes with one of the next runs. The default would try it again within this one.
        retry: () => 240,
        onEvent: (event) => {
          if (event.type === "failed") failed++;
          if (event.type === "failed" || event.type === "error") console.error(event.type, event.error);
        },
      },
    );
    console.log(`${done} done, ${failed} failed`);
  },
};
