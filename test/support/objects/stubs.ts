/** The stubs of queue and project objects, for tests of eviction, alarms and stored text. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { QueueHost } from "../../../src/objects/queue/host.ts";
import type { QueueRpc } from "../../../src/objects/rpc/queue.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import type { Queue } from "../drivers/zaqar-client.ts";

const bindings = env as unknown as ObjectBindings;

/** Of a queue or a topic. `name`: of its object, if it is not in the home region. */
export function queueStub(queue: Queue, name = `${queue.project.id}/${queue.name}`): DurableObjectStub {
  const namespace = queue.collection === "topics" ? bindings.TOPICS : bindings.QUEUES;
  // Without getByName, which tests may have replaced (calls.ts).
  return namespace.get(namespace.idFromName(name));
}

export function projectStub(queue: Queue): DurableObjectStub {
  return bindings.PROJECTS.get(bindings.PROJECTS.idFromName(queue.project.id));
}

/** Calls methods of the queue's object in its own context, as another object would. */
export function inside<T>(queue: Queue, work: (object: QueueRpc) => T | Promise<T>): Promise<T> {
  return runInDurableObject(queueStub(queue), (instance) => work(instance as unknown as QueueRpc));
}

/** The rows that the queue's object has written and read since it woke. */
export function rowCounts(queue: Queue): Promise<{ readonly written: number; readonly read: number }> {
  return runInDurableObject(queueStub(queue), (instance) => {
    const { sql } = (instance as unknown as { readonly host: QueueHost }).host.store;
    return { written: sql.rowsWritten, read: sql.rowsRead };
  });
}

/** The names of the objects of a queue that have stored anything, whatever their regions. */
export async function objectNames(queue: Queue): Promise<readonly string[]> {
  const names: string[] = [];
  for (const region of ["", "@weur", "@enam", "@sam"]) {
    const name = `${queue.project.id}/${queue.name}${region}`;
    const hasTables = await runInDurableObject(queueStub(queue, name), (_, { storage }) => {
      return storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'queue'").toArray().length > 0;
    });
    if (hasTables) names.push(name);
  }
  return names;
}

/** All stored data of an object as one text. */
export function storedText(stub: DurableObjectStub): Promise<string> {
  return runInDurableObject(stub, (_, state) => {
    const { sql } = state.storage;
    const tables = sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    return tables.map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM "${name}"`).toArray(), asText)).join("\n");
  });
}

function asText(_: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
  return value;
}
