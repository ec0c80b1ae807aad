/**
 * The calls that name messages or claims, of a queue that may be spread. They do what they do on one object, but for one thing: a
 * call that names messages of several objects is one step at each of them, and not one of the queue.
 */
import type { DeletionFailure, Message } from "../../domain/message.ts";
import { err, ok } from "../../domain/result.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import type { QueueRpc } from "./queue.ts";
import { placesOfClaim, placesOfMessage, seek, seekAll, type Whereabouts, type SearchDeps } from "./spread-ids.ts";
import type { SpreadView } from "./spread-map.ts";

export const BY_ID = ["delete", "deleteMany", "get", "getClaim", "release", "renew", "settle", "withdraw"] as const;
export type ById = (typeof BY_ID)[number];

export interface SpreadByIdDeps extends SearchDeps {
  /** Calls one object of the queue. */
  readonly at: <M extends ById>(
    object: number,
    method: M,
    request: Parameters<QueueRpc[M]>[0],
  ) => ReturnType<QueueRpc[M]>;
}

type Request<M extends ById> = Parameters<QueueRpc[M]>[0];
type Answer<M extends ById> = Awaited<ReturnType<QueueRpc[M]>>;

export class SpreadById implements Pick<QueueRpc, ById> {
  private readonly deps: SpreadByIdDeps;

  constructor(deps: SpreadByIdDeps) {
    this.deps = deps;
  }

  async get(request: Request<"get">): Promise<readonly Message[]> {
    const { view, at } = this.deps;
    const found = new Map<string, Message>();
    const places = (id: string, known: SpreadView | null): Whereabouts => placesOfMessage(id, null, known);
    const ask = async (object: number, ids: readonly string[]): Promise<readonly string[]> => {
      for (const message of await at(object, "get", { ...request, ids })) found.set(message.id, message);
      return ids.filter((id) => !found.has(id));
    };
    await seekAll(request.ids, { view, places, ask });
    return [...new Set(request.ids)].flatMap((id) => found.get(id) ?? []);
  }

  async delete(request: Request<"delete">): Promise<Answer<"delete">> {
    const { view, at } = this.deps;
    const { id, claim } = request;
    const ask = async (object: number): Promise<Answer<"delete"> | null> => {
      const answer = await at(object, "delete", request);
      if (isMissing(answer)) return null;
      const isUnknown = !answer.ok && answer.failure.kind === "claim-over";
      return isUnknown && claim !== null ? this.judge(answer, { id, claim, object }) : answer;
    };
    return (await seek({ view, places: (known) => placesOfMessage(id, claim, known), ask })) ?? ok(null);
  }

  async deleteMany({ ids, claims }: Request<"deleteMany">): Promise<Answer<"deleteMany">> {
    const { view, at } = this.deps;
    let failure: Answer<"deleteMany"> | null = null;
    const places = (id: string, known: SpreadView | null): Whereabouts => placesOfMessage(id, null, known);
    const ask = async (object: number, asked: readonly string[]): Promise<readonly string[]> => {
      const answer = await at(object, "deleteMany", { ids: asked, claims });
      if (!answer.ok) failure = answer;
      return answer.missing ?? [];
    };
    await seekAll(ids, { view, places, ask });
    return failure ?? ok(null);
  }

  getClaim(request: Request<"getClaim">): Promise<Answer<"getClaim">> {
    return this.seekClaim(request.claim, (object) => this.deps.at(object, "getClaim", request));
  }

  async renew(request: Request<"renew">): Promise<Answer<"renew">> {
    let last: Answer<"renew"> = ok(null);
    const ask = async (object: number): Promise<Answer<"renew"> | null> => {
      last = await this.deps.at(object, "renew", request);
      return !last.ok && last.failure.kind === "claim-not-found" ? null : last;
    };
    return (await this.seekClaim(request.claim, ask)) ?? last;
  }

  async release(request: Request<"release">): Promise<void> {
    await this.seekClaim(request.claim, async (object) => {
      await this.deps.at(object, "release", request);
      return null;
    });
  }

  async withdraw(request: Request<"withdraw">): Promise<void> {
    await this.seekClaim(request.claim, async (object) => {
      await this.deps.at(object, "withdraw", request);
      return null;
    });
  }

  async settle(request: Request<"settle">): Promise<Answer<"settle">> {
    const { view, at } = this.deps;
    const { claim, deleted } = request;
    const foreign = await this.findForeign(claim, deleted);
    if (foreign !== null) return err(failureOf(foreign));
    const ask = async (object: number): Promise<Answer<"settle"> | null> => {
      const answer = await at(object, "settle", request);
      return isMissing(answer) ? null : answer;
    };
    const places = (known: SpreadView | null): Whereabouts => [...placesOfClaim(claim, known), HOME_OBJECT];
    return (await seek({ view, places, ask })) ?? ok(null);
  }

  private seekClaim<T>(claim: string, ask: (object: number) => Promise<T | null>): Promise<T | null> {
    return seek({ view: this.deps.view, places: (known) => placesOfClaim(claim, known), ask });
  }

  /** The claim is unknown where the message is. It may be a live one of another object. */
  private async judge(
    answer: Answer<"delete">,
    { id, claim, object }: { readonly id: string; readonly claim: string; readonly object: number },
  ): Promise<Answer<"delete">> {
    const { view, at } = this.deps;
    if (placesOfClaim(claim, view()).includes(object) || (await this.getClaim({ claim })) === null) return answer;
    const [message] = await at(object, "get", { ids: [id] });
    return message === undefined ? ok(null) : err(failureOf(message));
  }

  /** One of the messages to delete that is at another object than the claim, so that the claim does not hold it. */
  private async findForeign(claim: string, ids: readonly string[]): Promise<Message | null> {
    const { view, at } = this.deps;
    const own = placesOfClaim(claim, view());
    const foreign = ids.filter((id) => !own.includes(placesOfMessage(id, null, view())[0] ?? HOME_OBJECT));
    let found: Message | null = null;
    const ask = async (object: number, asked: readonly string[]): Promise<readonly string[]> => {
      const messages = await at(object, "get", { ids: asked });
      found ??= messages[0] ?? null;
      return asked;
    };
    const places = (id: string): Whereabouts =>
      placesOfMessage(id, null, view()).filter((object) => !own.includes(object));
    await seekAll(foreign, { view, places, ask });
    return found;
  }
}

function isMissing(answer: Answer<"delete"> | Answer<"settle">): boolean {
  return answer.ok && answer.isMissing === true;
}

/** Why a claim of another object cannot delete the message. */
function failureOf({ id, claim }: Message): {
  readonly kind: Exclude<DeletionFailure, "claim-over">;
  readonly message: string;
} {
  return { kind: claim === null ? "message-not-claimed" : "message-claimed", message: id };
}
