/**
 * Submits a task and shows its progress. Ctrl+C leaves the task alone; its id shows the progress again.
 *
 *   npx node examples/progress/submit.ts 20           # a task of 20 steps
 *   npx node examples/progress/submit.ts --watch ID
 *
 * Environment: the address and credential of ../connection.ts: an API key, Keystone or none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";
import { progressOf, toTask } from "./documents.ts";

const sukkal = new Sukkal(connection(process.env));
const [first = "", watched] = process.argv.slice(2);
const id = watched ?? (await sukkal.queue("tasks").post(toTask({ steps: Number(first) }), { ttl: 86_400 }));
console.log(`task ${id}`);

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => stopping.abort());

const progress = progressOf(sukkal, id);
try {
  // Lists what has come since the last one. It takes nothing away: any number of people may watch.
  for (let marker: string | undefined, isDone = false; !isDone;) {
    for await (const message of progress.messages({ marker, signal })) {
      const { done, of } = message.body;
      console.log(`${done} of ${of}`);
      marker = message.id;
      isDone ||= done >= of;
    }
    if (!isDone) await sleep(500, undefined, { signal });
  }
} catch (error) {
  if (!signal.aborted) throw error;
  console.log(`It goes on. To see it: --watch ${id}`);
}
