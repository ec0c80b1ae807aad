/** Knows everything at once, and says what the clients of a queue must not see. */
import { parseMessageId, shardIn, toMessageId, toShardEpoch, type Epoch } from "../../../src/domain/id.ts";
import type { LogPlace } from "../../../src/domain/log-place.ts";
import type { Phase } from "../../../src/domain/spread.ts";
import type { World } from "./world.ts";

/** A post, through all of its attempts. */
export interface Posted {
  readonly body: string;
  readonly isKeyed: boolean;
  readonly invokedAt: number;
  acknowledgedAt: number | null;
  /** When its last attempt ended. */
  endedAt: number | null;
  id: string | null;
  /** The lives of the queue in which it was stored. */
  readonly stored: string[];
  readonly delayMs: number;
  /** It is a dead letter. */
  hasLeft: boolean;
  claimedAt: number | null;
}

interface Identified {
  readonly id: string;
}

interface Lease {
  readonly claim: string;
  readonly untilMs: number;
}

/** A deletion of the queue. */
interface Removal {
  readonly from: number;
  /** null: it failed, and may still happen. */
  to: number | null;
}

/** Numbers that no run reaches. */
const NUMBER_MAX = 2 ** 45;

export class Oracle {
  violation: string | null = null;
  readonly posts = new Map<string, Posted>();
  readonly removals: Removal[] = [];
  private readonly world: World;
  private readonly ids = new Set<string>();
  /** Until when messages are leased, by which claim. */
  private readonly leases = new Map<string, Lease>();
  /** Since when messages are there, by their ids. */
  private readonly present = new Map<string, number>();
  private readonly deletedIds = new Set<string>();
  /** The number up to which lists of a life have promised to be complete. */
  private readonly promised = new Map<string, number>();
  /** Dead letters that have not arrived. */
  private readonly departed = new Set<string>();
  /** When the home became what a backup has; null: never. */
  restoredAt: number | null = null;
  private claims = 0;
  private home: () => { readonly epoch: string | null; readonly phase: Phase } = () => ({ epoch: null, phase: "one" });

  constructor(world: World) {
    this.world = world;
  }

  /** `home`: the rows of the home at any time. */
  watch(home: typeof this.home): void {
    this.home = home;
  }

  fail(text: string): void {
    this.violation ??= `${Math.round(this.world.now)} ms: ${text}`;
  }

  nextId(): number {
    this.claims += 1;
    return this.claims;
  }

  invoke({ body, isKeyed, delayMs }: Pick<Posted, "body" | "isKeyed" | "delayMs">): Posted {
    const invokedAt = this.world.now;
    const unknown = { acknowledgedAt: null, endedAt: null, id: null, claimedAt: null };
    const posted: Posted = { body, isKeyed, delayMs, invokedAt, stored: [], hasLeft: false, ...unknown };
    this.posts.set(body, posted);
    return posted;
  }

  stored(
    { id, number, body }: Identified & { readonly number: number; readonly body: string },
    { object, epoch }: { readonly object: number; readonly epoch: string },
  ): void {
    if (number > NUMBER_MAX) this.fail(`object ${object} has used up its numbers`);
    if (number <= (this.promised.get(epoch) ?? 0)) this.fail(`${body} (${id}) is before the end of a list`);
    if (object === 0 && this.home().phase === "deleting")
      this.fail(`${body} is posted to a queue that is being deleted`);
    // A home from a backup gives numbers again, as a queue on one object does.
    const isRepeated = object === 0 && this.restoredAt !== null;
    if (this.ids.has(id) && !isRepeated) this.fail(`the id ${id} is given twice`);
    this.ids.add(id);
    this.present.set(id, this.world.now);
    const stored = this.posts.get(body)?.stored;
    if (stored?.includes(epoch) === true && !isRepeated) this.fail(`${body} is stored twice in one life`);
    stored?.push(epoch);
  }

  leased({ id }: Identified, lease: Lease): void {
    if ((this.leases.get(id)?.untilMs ?? 0) > this.world.now) this.fail(`${id} has two leases`);
    if (this.deletedIds.has(id)) this.fail(`${id} is claimed after its deletion`);
    this.leases.set(id, lease);
  }

  renewed(messages: readonly Identified[], lease: Lease): void {
    for (const { id } of messages) this.leases.set(id, lease);
  }

  released({ id }: Identified): void {
    this.leases.delete(id);
  }

  deleted(message: Identified): void {
    this.deletedIds.add(message.id);
    this.gone(message);
  }

  gone({ id }: Identified): void {
    this.present.delete(id);
    this.leases.delete(id);
  }

  /** The message has been a dead letter, and is in the queue again. */
  comesBack({ id }: Identified): void {
    if (this.present.has(id)) this.fail(`${id} comes back twice`);
    this.present.set(id, this.world.now);
  }

  /** Whether the message has been in the queue since that instant. */
  isThereSince(id: string, at: number): boolean {
    return (this.present.get(id) ?? Infinity) <= at;
  }

  /** Whether a message is under this claim. */
  isLive(claim: string): boolean {
    return [...this.leases.values()].some((lease) => lease.claim === claim && lease.untilMs > this.world.now);
  }

  /** A list of that life has ended at that number, or begun after it. */
  promise(epoch: string, number: number): void {
    this.promised.set(epoch, Math.max(this.promised.get(epoch) ?? 0, number));
  }

  /** Whether a message of that life is or was there. A marker may be of another life, or invented. */
  knows(epoch: Epoch, { number, object }: LogPlace): boolean {
    return this.ids.has(toMessageId(object === 0 ? epoch : toShardEpoch(epoch, object), number));
  }

  /** The home has the messages and leases of a backup. */
  restored(ids: ReadonlySet<string>): void {
    this.restoredAt = this.world.now;
    for (const id of this.ids) {
      if (parseShard(id) > 0) continue;
      this.leases.delete(id);
      this.deletedIds.delete(id);
      if (!ids.has(id)) this.present.delete(id);
    }
  }

  depart(body: string): void {
    this.departed.add(body);
    this.noteClaim(body);
    const posted = this.posts.get(body);
    if (posted !== undefined) posted.hasLeft = true;
  }

  arrive(body: string): void {
    if (!this.departed.delete(body)) this.fail(`${body} arrives twice`);
  }

  noteClaim(body: string): void {
    const posted = this.posts.get(body);
    if (posted !== undefined) posted.claimedAt ??= this.world.now;
  }

  get travelling(): readonly string[] {
    return [...this.departed];
  }

  /** A shard loses messages. */
  erased(object: number, bodies: readonly string[]): void {
    const { epoch, phase } = this.home();
    if (epoch === null || phase === "deleting") return;
    const lost = bodies.find((body) => this.posts.get(body)?.stored.includes(epoch) === true);
    if (lost !== undefined) this.fail(`object ${object} erases ${lost}`);
  }

  /** The acknowledged posts. */
  get acknowledged(): readonly Posted[] {
    return [...this.posts.values()].filter(({ acknowledgedAt }) => acknowledgedAt !== null);
  }

  get phase(): Phase {
    return this.home().phase;
  }
}

function parseShard(id: string): number {
  const position = parseMessageId(id);
  return position === null ? 0 : shardIn(position.epoch);
}
