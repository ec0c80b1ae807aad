/**
 * Calls between objects, and of Workers to objects. Each call gets a stub from a binding, where a test can replace methods of an
 * object for all callers, without a change of the object.
 */
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import type { DeliveryRpc } from "../../../src/objects/rpc/delivery.ts";
import type { HubRpc } from "../../../src/objects/rpc/hub.ts";
import type { MeterRpc } from "../../../src/objects/rpc/meter.ts";
import type { ProjectRpc } from "../../../src/objects/rpc/project.ts";
import type { ConditionalCall, QueueRpc } from "../../../src/objects/rpc/queue.ts";
import type { ShardRpc } from "../../../src/objects/rpc/shard.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";

interface Interfaces {
  readonly QUEUES: QueueRpc;
  readonly PROJECTS: ProjectRpc;
  readonly SHARD_OBJECTS: ShardRpc;
  readonly DELIVERIES: DeliveryRpc;
  readonly HUBS: HubRpc;
  readonly METERS: MeterRpc;
}

type Space = keyof Interfaces;
/** `stub` is the object itself. */
type Replace<Rpc> = (stub: Rpc, name: string) => Partial<Rpc>;

const bindings = env as unknown as ObjectBindings;

/**
 * Replaces methods of the objects whose names begin with `prefix`, until the returned function is called or the test ends.
 * `replace` is called for each call.
 */
export function interceptObjects<S extends Space>(
  space: S,
  prefix: string,
  replace: Replace<Interfaces[S]>,
): () => void {
  const namespace = bindings[space];
  const getByName = namespace.getByName.bind(namespace);
  let isOver = false;
  const intercepted = (name: string): DurableObjectStub => {
    const stub = getByName(name);
    if (isOver || !name.startsWith(prefix)) return stub;
    return replaced(stub, replace(stub as unknown as Interfaces[S], name));
  };
  Object.defineProperty(namespace, "getByName", { configurable: true, value: intercepted });
  const end = (): void => void (isOver = true);
  onTestFinished(end);
  return end;
}

/** Counts calls of objects from now on. Returns them, as "space object method", in their order. */
export function countCalls(spaces: readonly Space[] = ["QUEUES", "PROJECTS"]): () => readonly string[] {
  const calls: string[] = [];
  const ends = spaces.map((space) => {
    const namespace = bindings[space];
    const getByName = namespace.getByName.bind(namespace);
    let isOver = false;
    const counted = (name: string): DurableObjectStub => {
      const stub = getByName(name);
      return isOver ? stub : noted(stub, (method) => calls.push(`${space} ${name} ${method}`));
    };
    Object.defineProperty(namespace, "getByName", { configurable: true, value: counted });
    return (): void => void (isOver = true);
  });
  return () => {
    for (const end of ends) end();
    return calls;
  };
}

function noted(stub: DurableObjectStub, note: (method: string) => void): DurableObjectStub {
  return new Proxy(stub, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      return (...args: readonly unknown[]): unknown => {
        note(toldCall(name, args)?.method ?? String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
}

/** A stub has every method, so it cannot be copied. A proxy passes on the methods that are not replaced. */
function replaced(stub: DurableObjectStub, methods: object): DurableObjectStub {
  return new Proxy(stub, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      return (...args: readonly unknown[]): unknown => {
        const call = toldCall(name, args);
        if (call === null || !Object.hasOwn(methods, call.method)) return Reflect.apply(value, target, args);
        const instead = Reflect.get(methods, call.method) as (request: unknown) => unknown;
        return Promise.resolve(instead(call.request)).then((answer) => ({ isHere: true, value: answer }));
      };
    },
  });
}

/** The call of a method whose answer tells a Worker more than the value; null: it is another call. */
function toldCall(name: string | symbol, [asked]: readonly unknown[]): ConditionalCall | null {
  if (name !== "callIfHere") return null;
  const call = asked as ConditionalCall;
  return call.isSettled === true ? call : null;
}
