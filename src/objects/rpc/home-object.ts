/** Calls to a queue or topic that is in the home region. */
import { HOME } from "../../domain/region.ts";
import type { DirectStubs, OwnedPlace } from "./direct-stubs.ts";
import type { FoundAnswer, HomeCalls, Wish } from "./place-calls.ts";
import type { ConditionalAnswer, QueueMethod, QueueRpc } from "./queue.ts";

/** The runtime says so of a method that the object's version does not have. The call has then had no effect. */
const NO_CALL_IF_HERE = 'does not implement the method "callIfHere"';

export class HomeObject implements HomeCalls {
  readonly called = HOME;
  private readonly stubs: DirectStubs;
  private readonly target: OwnedPlace;

  constructor(stubs: DirectStubs, target: OwnedPlace) {
    this.stubs = stubs;
    this.target = target;
  }

  async call(method: QueueMethod, request: unknown, { withFigures, withView }: Wish): Promise<FoundAnswer> {
    const stub = this.stubs.place(HOME, this.target);
    if (!withFigures && !withView) return callPlainly(stub, method, request);
    const asked = { method, request, isSettled: true } as const;
    let found: ConditionalAnswer;
    try {
      found = await stub.callIfHere(withFigures ? { ...asked, withFigures } : asked);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(NO_CALL_IF_HERE))) throw error;
      return callPlainly(stub, method, request);
    }
    if (found.isHere) return found;
    throw new Error("The queue is in another region, and pools are switched off.");
  }
}

async function callPlainly(stub: QueueRpc, method: QueueMethod, request: unknown): Promise<FoundAnswer> {
  return { value: await (stub[method] as (asked: unknown) => Promise<unknown>)(request) };
}
