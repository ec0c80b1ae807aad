/**
 * The calls by which a queue pushes messages to the WebSocket connections that have subscribed to it. A hub has many connections,
 * and most have the same cursor. So one call contains all pushes to one hub in one iteration of the event loop: a post to a
 * thousand connections in eight hubs makes eight calls.
 */
import type { Epoch, ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { SubscribedConnection } from "../../storage/queue/subscription-rows.ts";
import type { HubRpc } from "../rpc/hub.ts";
import type { CachedPage } from "./log-page-cache.ts";

export interface HubCallsDeps {
  readonly project: ProjectId;
  readonly place: Place;
  hub(name: string): Pick<HubRpc, "push">;
  /** `post_data` of a subscription; null: it has none. */
  templateOf(number: number): string | null;
  /** Ends subscriptions whose connections have ended, by their numbers. */
  endConnections(numbers: ReadonlySet<number>): Promise<void>;
}

/** A subscription of a connection. */
export interface PushTarget {
  readonly number: number;
  readonly connection: SubscribedConnection;
}

/** Messages for connections of one hub. */
interface Batch {
  readonly hub: string;
  readonly epoch: Epoch;
  readonly page: CachedPage;
  readonly template: string | null;
  readonly entries: Waiting[];
}

interface Waiting {
  readonly number: number;
  readonly connection: string;
  readonly resolve: (isAccepted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export class HubCalls {
  private readonly deps: HubCallsDeps;
  /** Runs a call as soon as there is room for it. `load`: the characters that it carries. */
  private readonly run: <T>(load: number, call: () => Promise<T>) => Promise<T>;
  /** The batches of this iteration, by hub. */
  private readonly batches = new Map<string, Batch[]>();

  constructor(deps: HubCallsDeps, run: HubCalls["run"]) {
    this.deps = deps;
    this.run = run;
  }

  /** Pushes a page to one connection. False: the connection accepts no more now. Rejects if the call fails. */
  push(
    { number, connection: { hub, connection, hasOptions } }: PushTarget,
    epoch: Epoch,
    page: CachedPage,
  ): Promise<boolean> {
    const template = hasOptions ? this.deps.templateOf(number) : null;
    const { entries } = this.batchOf({ hub, epoch, page, template });
    return new Promise((resolve, reject) => {
      entries.push({ number, connection, resolve, reject });
    });
  }

  private batchOf(batch: Omit<Batch, "entries">): Batch {
    const { hub, page, template } = batch;
    if (this.batches.size === 0) queueMicrotask(() => this.flush());
    let batches = this.batches.get(hub);
    if (batches === undefined) this.batches.set(hub, (batches = []));
    let found = batches.find((each) => each.page === page && each.template === template);
    if (found === undefined) batches.push((found = { ...batch, entries: [] }));
    return found;
  }

  private flush(): void {
    const batches = [...this.batches.values()].flat();
    this.batches.clear();
    for (const batch of batches) void this.send(batch);
  }

  /** Never rejects. A failure rejects the pushes of the batch. */
  private async send({ hub, epoch, page, template, entries }: Batch): Promise<void> {
    const { project, place } = this.deps;
    const connections = entries.map(({ connection }) => connection);
    const { notifications } = page;
    const load = page.size + (template?.length ?? 0);
    try {
      const answers = await this.run(load, () =>
        this.deps.hub(hub).push({ project, place, epoch, notifications, template, connections }),
      );
      const gone = entries.filter((_, index) => answers[index] === "gone").map(({ number }) => number);
      if (gone.length > 0) await this.deps.endConnections(new Set(gone));
      // Other answers, from hubs of newer versions, do not count as an acceptance.
      for (const [index, { resolve }] of entries.entries()) resolve(["taken", "gone"].includes(answers[index] ?? ""));
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  }
}
