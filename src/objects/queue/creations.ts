/** How a queue is created: by a PUT, and before it by a post or a subscription, if its name, quota and placement allow it. */
import type { CreationFailure, NewPlaceFailure } from "../../domain/failure.ts";
import { EMPTY_OBJECT, membersOf } from "../../domain/json.ts";
import type { Placed } from "../../domain/placement.ts";
import { UNLIMITED, type Quotas } from "../../domain/quota.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { checkCreation } from "../creation.ts";
import type { Creation, CreationRequest } from "../rpc/queue.ts";
import type { Committed } from "./effects.ts";
import type { QueueHost } from "./host.ts";
import type { QueueMetadata } from "./metadata.ts";
import { NotHere } from "./own-placement.ts";

export interface CreationsDeps {
  readonly host: Pick<
    QueueHost,
    | "acceptLoss"
    | "commit"
    | "config"
    | "ensure"
    | "erase"
    | "isHere"
    | "objects"
    | "ownPlacement"
    | "place"
    | "project"
    | "queue"
    | "region"
    | "waitUntil"
  >;
  readonly metadata: Pick<QueueMetadata, "check">;
}

export class Creations {
  private readonly host: CreationsDeps["host"];
  private readonly metadata: CreationsDeps["metadata"];

  constructor({ host, metadata }: CreationsDeps) {
    this.host = host;
    this.metadata = metadata;
  }

  /** As `QueueRpc.create`. Throws `NotHere` if a new queue has to be in another region and may be. */
  async create(request: CreationRequest): Promise<Result<Creation, NewPlaceFailure>> {
    const metadata = this.metadata.check(membersOf(request.metadata), "put");
    if (!metadata.ok) return metadata;
    const { host } = this;
    host.acceptLoss();
    const creation = await this.ifAllowed(request, () =>
      host.commit((now): Committed<Result<Creation, NewPlaceFailure>> => {
        const created = host.queue === null;
        if (created && !this.mayBeHere(request)) return { value: err({ kind: "place-occupied", place: host.place }) };
        const { record } = host.ensure(now, metadata.value);
        const keepsMetadata = metadata.value !== EMPTY_OBJECT && metadata.value !== record.metadata;
        return { value: ok(keepsMetadata ? { created, keepsMetadata } : { created }), enterIndex: created };
      }),
    );
    if (creation.ok || creation.failure.kind !== "place-occupied") return creation;
    await this.abandonPlacement();
    return creation;
  }

  /**
   * Runs `work`, which creates the queue, if the name is allowed and the project's quota has room. The project is asked only if
   * the queue does not exist and there is a quota.
   */
  async ifAllowed<R>(
    { quotas, ...placed }: Placed & { readonly quotas: Quotas },
    work: () => Promise<R>,
  ): Promise<R | Result<never, CreationFailure>> {
    const { host } = this;
    if (host.queue !== null) return work();
    const { place } = host;
    const project = host.objects.project(host.project);
    const failure = await checkCreation(place, quotas, project);
    if (failure !== null) return err(failure);
    try {
      if (host.config.pooling) await host.ownPlacement.settle(placed);
      return await work();
    } finally {
      // A reservation that is not given up lasts a minute.
      const isReserved = quotas.queues !== UNLIMITED && host.queue === null;
      if (isReserved) host.waitUntil(project.releaseQueue({ place }).catch(() => undefined));
    }
  }

  /** Whether the flavor of a new queue has a pool with this placement. */
  private mayBeHere({ regions, spreadRule }: CreationRequest): boolean {
    const { region, ownPlacement } = this.host;
    if (spreadRule !== undefined && spreadRule !== ownPlacement.spread) return false;
    return regions?.includes(region) ?? true;
  }

  /**
   * Releases the placement of a former queue, and throws `NotHere`. Without effect if the former queue has left subscriptions
   * or a signing generation, which keep it.
   */
  private async abandonPlacement(): Promise<void> {
    const { host } = this;
    const isBare = (): boolean => host.queue === null && host.isHere;
    if (isBare()) await host.erase();
    if (isBare()) return;
    await host.ownPlacement.release();
    throw new NotHere("The queue has to be in another region, or another request has created it here.");
  }
}
