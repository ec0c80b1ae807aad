/** Clients that remember the ids of messages and claims, and come back with them. */
import { toClaimId, toMessageId, toShardClaimId, toShardEpoch, type Epoch } from "../../../src/domain/id.ts";
import type { ModelIds } from "./ids.ts";
import type { Claimed } from "./log.ts";
import type { Oracle } from "./oracle.ts";
import type { ModelWorker } from "./worker.ts";
import type { World } from "./world.ts";

export interface KeepersDeps {
  readonly world: World;
  readonly oracle: Oracle;
  /** A Worker that may know nothing of the queue. */
  readonly worker: () => ModelWorker;
  readonly untilMs: number;
}

/** An object that no queue of a run has. */
const FOREIGN = 200;

export class Keepers {
  private readonly deps: KeepersDeps;

  constructor(deps: KeepersDeps) {
    this.deps = deps;
  }

  /** Reads and deletes messages by their ids. */
  async keep(): Promise<void> {
    const { world, oracle, untilMs } = this.deps;
    const { random } = world;
    for (;;) {
      await world.sleep(random.between(50, 400));
      if (world.now >= untilMs) return;
      const known = oracle.acknowledged.slice(-40).flatMap(({ id }) => id ?? []);
      if (known.length === 0) continue;
      const ids = Array.from({ length: random.between(1, 6) }, () => random.pick(known));
      await (random.chance(0.6) ? this.read(ids) : this.delete(ids)).catch(() => undefined);
    }
  }

  /** Claims, and then renews, settles or gives back. */
  async work(): Promise<void> {
    const { world, untilMs } = this.deps;
    const { random } = world;
    for (;;) {
      await world.sleep(random.between(20, 200));
      if (world.now >= untilMs) return;
      const wish = { limit: random.between(1, 4), leaseMs: random.between(3_000, 6_000), waitMs: 0 };
      const claimed = await this.deps
        .worker()
        .claim(wish)
        .catch(() => null);
      if (claimed !== null) await this.workOn(claimed).catch(() => undefined);
    }
  }

  /** Asks with ids that nobody has given. */
  async forge(): Promise<void> {
    const { world, untilMs } = this.deps;
    const epoch = "0".repeat(16) as Epoch;
    const id = toMessageId(toShardEpoch(epoch, FOREIGN), 1);
    const claim = toShardClaimId(toClaimId("00000000-0000-4000-8000-000000000000"), FOREIGN);
    while (world.now < untilMs) {
      await world.sleep(2_000);
      await this.ids.get([id]).catch(() => undefined);
      await this.ids.renew(claim, 3_000).catch(() => undefined);
    }
  }

  private async read(ids: readonly string[]): Promise<void> {
    const { world, oracle } = this.deps;
    const startedAt = world.now;
    const found = (await this.ids.get(ids)).map(({ id }) => id);
    for (const id of ids) {
      if (oracle.isThereSince(id, startedAt) && !found.includes(id)) oracle.fail(`${id} is not found`);
    }
    const inOrder = ids.filter((id) => found.includes(id));
    if (found.join() !== inOrder.join()) oracle.fail("messages are not in the order of their ids");
  }

  private async delete(ids: readonly string[]): Promise<void> {
    const { world, oracle } = this.deps;
    const startedAt = world.now;
    const isMany = world.random.chance(0.5);
    const [first = ""] = ids;
    if (isMany) await this.ids.deleteMany(ids);
    else if ((await this.ids.delete(first, null)) === "refused") return;
    for (const id of isMany ? ids : [first]) {
      if (oracle.isThereSince(id, startedAt)) oracle.fail(`${id} is there after its deletion`);
    }
  }

  private async workOn({ claim, messages }: Claimed): Promise<void> {
    const { world, oracle } = this.deps;
    const { random } = world;
    const ids = messages.map(({ id }) => id);
    for (const { body } of messages) oracle.noteClaim(body);
    if (random.chance(0.5)) {
      const isRenewed = await this.ids.renew(claim, 4_000);
      if (!isRenewed && oracle.isLive(claim)) oracle.fail(`the claim ${claim} is not found`);
    }
    const startedAt = world.now;
    const deleted = ids.filter(() => random.chance(0.6));
    if (random.chance(0.5)) {
      for (const id of deleted) await this.ids.delete(id, claim);
      return;
    }
    if ((await this.ids.settle(claim, deleted)) === "over") return;
    if (oracle.isLive(claim)) oracle.fail(`the claim ${claim} is live after its settlement`);
    for (const id of deleted) {
      if (oracle.isThereSince(id, startedAt)) oracle.fail(`${id} is there after its settlement`);
    }
  }

  private get ids(): ModelIds {
    return this.deps.worker().ids;
  }
}
