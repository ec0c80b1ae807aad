/**
 * Calls of a Worker or hub to queues and topics, whose answers carry figures to the meter of the project (ADR 19). The calls
 * themselves stay what they are: one hop, and no failure of the meter fails them.
 */
import { BEGIN_WAIT_MS } from "../../domain/metering.ts";
import type { ClientId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { within } from "../../mechanisms/timeout.ts";
import type { Turn } from "./flush-plan.ts";
import type { QueueMethod, QueueRpc, TakenFigures, Told } from "./queue.ts";
import type { ProjectReporter, ReporterCalls } from "./reporters.ts";

/** An answer with the figures after it. */
export type FoundAnswer = TakenFigures & Told & { readonly value: unknown };

export interface MeteredDeps extends ReporterCalls {
  readonly project: ProjectReporter;
  /** Who claims and deletes; null: no client. */
  readonly client: ClientId | null;
  /** Whether the call can change nothing, because the object has never existed. Without effect in the cloud: false. */
  readonly isVain: (method: QueueMethod) => Promise<boolean>;
  /** Calls the object, and asks for its figures or not. */
  readonly call: (method: QueueMethod, request: unknown, withFigures: boolean) => Promise<FoundAnswer>;
  /** Lets a begin outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Reports when the turn is due. */
  readonly later: (turn: Turn) => void;
  /** Whether a turn is that of an alarm. */
  readonly isAlarm: boolean;
}

/** Methods that change nothing of what figures say. */
const READS: ReadonlySet<QueueMethod> = new Set<QueueMethod>([
  "metadata",
  "stats",
  "usage",
  "list",
  "get",
  "getClaim",
  "signingGeneration",
  "redrive",
  "subscriptions",
  "subscription",
  "isSubscribed",
  "consumers",
  "figures",
]);

/**
 * A wait is counted by the claim before it, and tells its own end with its answer. That of a connection may end at once, by a
 * call to its hub, so its answer must not wait for a begin.
 */
const WAITS: ReadonlySet<QueueMethod> = new Set<QueueMethod>(["awaitMessages", "noteWait"]);

export function meteredPlace(place: Place, deps: MeteredDeps): QueueRpc {
  const get = (_: object, method: string | symbol) => (request: unknown) =>
    READS.has(method as QueueMethod) || WAITS.has(method as QueueMethod)
      ? read(place, { method: method as QueueMethod, request }, deps)
      : change(place, { method: method as QueueMethod, request }, deps);
  return new Proxy<QueueRpc>({} as QueueRpc, { get });
}

interface Call {
  readonly method: QueueMethod;
  readonly request: unknown;
}

async function read(place: Place, { method, request }: Call, deps: MeteredDeps): Promise<unknown> {
  const { reporter } = deps.project;
  const asked = reporter.startRead(place, deps.clock());
  const answer = await deps.call(method, request, asked.withFigures || WAITS.has(method));
  if (answer.figures !== undefined) {
    reporter.hear(asked, answer, deps.clock());
    flushLater(deps);
  }
  return answer.value;
}

async function change(place: Place, { method, request }: Call, deps: MeteredDeps): Promise<unknown> {
  const { clock, call, client, waitUntil } = deps;
  const { reporter } = deps.project;
  const started = reporter.startChange(place, clock());
  const begin = reporter.needsBegin(started) ? sendBegin(place, method, deps) : null;
  if (begin !== null) waitUntil(begin);
  try {
    const answer = await call(method, request, started.withFigures);
    // A spread queue tells none with its answers: it is asked later.
    const heard = answer.spread === undefined ? started : { ...started, withFigures: false };
    const now = clock();
    reporter.learn(heard, answer, now);
    reporter.consumers.note(place, { client, method, request, answer: answer.value }, now);
    return answer.value;
  } catch (error) {
    reporter.doubt(place, clock());
    throw error;
  } finally {
    if (begin !== null) await within(BEGIN_WAIT_MS, begin, undefined);
    reporter.endChange(started);
    flushLater(deps);
  }
}

/** Never rejects. Requests about what does not exist create no meter. */
async function sendBegin(place: Place, method: QueueMethod, deps: MeteredDeps): Promise<void> {
  const { clock, meter } = deps;
  const { reporter } = deps.project;
  if (await deps.isVain(method)) return;
  const request = reporter.begin(place, clock());
  try {
    reporter.begun(request, await meter().begin(request));
  } catch {
    reporter.doubt(place, clock());
    flushLater(deps);
  }
}

function flushLater({ project, later, clock, isAlarm }: MeteredDeps): void {
  const { plan, reporter } = project;
  const turn = plan.take(reporter.flushMs, clock(), isAlarm);
  if (turn !== null) later(turn);
}
