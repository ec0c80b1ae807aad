/** Access to a queue's object for tests of the outbox: replaces its calls to other objects, reads its rows, rings its alarm. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { Place } from "../../../src/domain/place.ts";
import type { ObjectStore } from "../../../src/objects/object-store.ts";
import type { DeliveryRpc } from "../../../src/objects/rpc/delivery.ts";
import type { ProjectRpc } from "../../../src/objects/rpc/project.ts";
import type { QueueRpc } from "../../../src/objects/rpc/queue.ts";
import { clock } from "../clock.ts";
import { queueStub } from "./stubs.ts";
import type { Queue } from "../drivers/zaqar-client.ts";

interface Elsewhere {
  delivery: (project: string, place: Place, subscription: string) => DeliveryRpc;
  project: (project: string) => ProjectRpc;
}

/** The parts of an object that a test holds up or breaks. */
interface Inside {
  readonly subscribers: { readonly deps: { readonly objects: Elsewhere } };
  readonly store: ObjectStore;
}

export function inside<T>(queue: Queue, work: (object: QueueRpc & Inside) => T | Promise<T>): Promise<T> {
  return runInDurableObject(queueStub(queue), (instance) => work(instance as unknown as QueueRpc & Inside));
}

/** Lets something happen between the queue and one of the objects that deliver for it, or for all of them. */
export function between(
  queue: Queue,
  meddle: (stub: DeliveryRpc, subscription: string) => Partial<DeliveryRpc>,
): Promise<void> {
  return inside(queue, ({ subscribers: { deps } }) => {
    const { delivery } = deps.objects;
    deps.objects.delivery = (...name) => {
      const stub = delivery(...name);
      const { accept, announce, redirect, end } = meddle(stub, name[2]);
      return {
        accept: accept ?? ((batch) => stub.accept(batch)),
        announce: announce ?? ((request) => stub.announce(request)),
        redirect: redirect ?? ((target) => stub.redirect(target)),
        end: end ?? ((request) => stub.end(request)),
        report: () => stub.report(),
        redeliver: () => stub.redeliver(),
      };
    };
  });
}

export function rows(queue: Queue, table: string): Promise<readonly Record<string, unknown>[]> {
  return runInDurableObject(queueStub(queue), (_, state) => state.storage.sql.exec(`SELECT * FROM ${table}`).toArray());
}

export async function ring(queue: Queue): Promise<void> {
  clock.advance({ seconds: 10 });
  await runDurableObjectAlarm(queueStub(queue));
}

export const broken = async (): Promise<never> => {
  throw new Error("The object cannot be reached.");
};

/** Milliseconds until the queue's alarm rings; null when there is none. */
export async function alarmIn(queue: Queue): Promise<number | null> {
  const at = await runInDurableObject(queueStub(queue), async (_, state) => state.storage.getAlarm());
  return at === null ? null : at - Date.now();
}
