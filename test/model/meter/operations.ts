/** What a request does to the objects, and the figures that its answer carries. */
import type { Figures } from "./figures.ts";
import type { Objects } from "./oracle.ts";
import type { Operation } from "./changes.ts";
import type { QueueObject } from "./queue.ts";
import type { Machine, World } from "./world.ts";

/** How often each of them is requested. */
export const WEIGHTS = { post: 6, claim: 4, remove: 3, wait: 2, move: 3, delete: 1 } as const;

export class Operations {
  /** What deliveries last told the queues. */
  private readonly accepted = new Map<string, Figures>();
  private readonly world: World;
  private readonly queues: Objects["queues"];
  private readonly deliveries: Objects["deliveries"];

  constructor(world: World, { queues, deliveries }: Objects) {
    this.world = world;
    this.queues = queues;
    this.deliveries = deliveries;
  }

  serve(kind: keyof typeof WEIGHTS, queue: QueueObject, operation: Operation): readonly Figures[] {
    const { random } = this.world;
    const count = random.between(1, 4);
    switch (kind) {
      case "post": {
        const delayMs = random.chance(0.3) ? random.between(1_000, 50_000) : 0;
        const figures = queue.change(operation, (now) =>
          queue.post(count, random.between(20_000, 90_000), delayMs, now),
        );
        return [figures, ...this.handOver(queue)];
      }
      case "claim":
        return [queue.change(operation, (now) => queue.claim(count, random.between(5_000, 60_000), now))];
      case "remove":
        return [queue.change(operation, (now) => queue.remove(count, now))];
      case "wait": {
        const counts = this.world.keeps("a wait is counted by the claim before it");
        return [queue.change(operation, (now) => counts && queue.wait(now + 45_000))];
      }
      case "move":
        return this.move(queue, operation);
      case "delete":
        // Its messages are handed over before.
        this.deliveries.get(`${queue.name}/delivery`)?.accept(queue.newest);
        return [queue.change(operation, () => queue.delete())];
    }
  }

  /** As the answer to any request. */
  tell(queue: QueueObject): readonly Figures[] {
    const told = this.accepted.get(queue.name);
    return told === undefined ? [queue.tell()] : [queue.tell(), told];
  }

  /** The queue's next answer has what the delivery said to the previous hand-over. */
  private handOver(queue: QueueObject): readonly Figures[] {
    const delivery = this.deliveries.get(`${queue.name}/delivery`);
    if (delivery === undefined) return [];
    const told = this.accepted.get(queue.name);
    const { newest } = queue;
    this.world.call({
      from: queue,
      to: delivery,
      serve: () => delivery.accept(newest),
      reply: (figures) => this.accepted.set(queue.name, figures),
      fail: () => this.accepted.delete(queue.name),
    });
    return told === undefined ? [] : [told];
  }

  private move(queue: QueueObject, operation: Operation): readonly Figures[] {
    const target = this.world.random.pick([...this.queues.values()].filter((other) => other !== queue));
    const figures = queue.change(operation, (now) => queue.remove(1, now));
    const adopted = target.adopt(1);
    // The answer of the target may be lost on its way.
    return this.world.random.chance(0.5) ? [figures] : [figures, adopted];
  }

  waitLater(isolate: Machine, queue: QueueObject): void {
    if (this.world.keeps("a wait is counted by the claim before it")) return;
    const serve = () => {
      queue.change({ excusedUntil: 0, isMove: false }, (now) => queue.wait(now + 45_000));
    };
    this.world.call({ from: isolate, to: queue, serve, reply: () => undefined, fail: () => undefined });
  }
}
