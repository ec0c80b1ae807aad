/** Calls to queues and topics by the names of their methods, and the stubs whose methods are such calls. */
import type { Region } from "../../domain/region.ts";
import type { QueueMethod, QueueRpc, TakenFigures, Told } from "./queue.ts";

/** An answer with the figures after it. */
export type FoundAnswer = TakenFigures & Told & { readonly value: unknown };

/** What an answer has to tell besides its value. */
export interface Wish {
  readonly withFigures: boolean;
  readonly withView: boolean;
}

/** Calls a queue or topic. */
export interface PlaceCalls {
  call(method: QueueMethod, request: unknown, wish: Wish): Promise<FoundAnswer>;
}

/** Calls the home of a queue or topic. */
export interface HomeCalls extends PlaceCalls {
  /** Its region, once it has been called. */
  readonly called: Region;
}

interface ValueCalls {
  call(method: QueueMethod, request: unknown): Promise<unknown>;
}

const METHODS: ProxyHandler<ValueCalls> = {
  get: (calls, method) => (request: unknown) => calls.call(method as QueueMethod, request),
};

/** A stub whose methods are these calls. */
export function stubBy(calls: ValueCalls): QueueRpc {
  return new Proxy(calls, METHODS) as unknown as QueueRpc;
}

const NOTHING_MORE: Wish = { withFigures: false, withView: false };

/** A stub whose answers are their values alone. */
export function plainStub(calls: PlaceCalls): QueueRpc {
  return stubBy({ call: async (method, request) => (await calls.call(method, request, NOTHING_MORE)).value });
}
