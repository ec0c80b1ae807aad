/** Creates stubs of objects by namespace, name and region. The stubs of a Worker are guarded by its wake gate. */
import type { Config } from "../../config/config.ts";
import { HOME, type Jurisdiction, type Region } from "../../domain/region.ts";
import { FOLDERS } from "../../storage/folders.ts";
import { isOnDisk } from "./disk.ts";
import { objectIn } from "./regions.ts";
import type { SharedStubs } from "./shared-stubs.ts";
import type { Refused, WakeGate } from "./wake-gate.ts";

export type Space = Exclude<keyof typeof FOLDERS, "HUBS">;

export interface StubFactoryDeps {
  readonly bindings: Readonly<Record<Space, DurableObjectNamespace>> & { readonly DISK?: Fetcher };
  /** null: calls are not bounded. */
  readonly gate: WakeGate | null;
  /** The jurisdiction of the whole service. */
  readonly jurisdiction: Jurisdiction | null;
  /** The stubs of an object; null: each call has a stub of its own. */
  readonly shared: SharedStubs | null;
}

/** How a stub is guarded. */
export interface Guard<T> {
  /** Default: the home region. */
  readonly region?: Region;
  /** Milliseconds that the call may take; default: 0. */
  readonly callMs?: number;
  missing(config: Config): Partial<T>;
  refused?(config: Config): Refused<T>;
  /** Whether the object must exist; default: no. */
  isExpected?(): Promise<boolean>;
}

export class StubFactory {
  private readonly deps: StubFactoryDeps;
  /** Whether every call passes without a check. */
  private readonly passesAll: boolean;

  constructor(deps: StubFactoryDeps) {
    const { bindings, gate } = deps;
    this.deps = deps;
    this.passesAll = gate === null || (bindings.DISK === undefined && !gate.isBounded);
  }

  /** A stub that is guarded by the gate. */
  guarded<T extends object>(space: Space, name: string, guard: Guard<T>): T {
    const { gate, shared } = this.deps;
    const { callMs = 0 } = guard;
    const key = `${space}/${name}`;
    // The cast is sound: a stub has the methods of its class, and the classes implement their interfaces.
    const make = (): T => this.unguarded(space, name, guard.region) as unknown as T;
    const stub = (): T => (shared === null ? make() : shared.of(key, make));
    if (this.passesAll || gate === null) return stub();
    if (gate.passes(key, callMs)) return stub();
    const isMissing = async () => (await this.hasNoFile(space, name)) && (await guard.isExpected?.()) !== true;
    const [missing, refused] = [guard.missing(gate.config), guard.refused?.(gate.config) ?? {}];
    return gate.guard({ stub, missing, refused, isMissing, key, callMs });
  }

  /** A stub that is not guarded. */
  unguarded(space: Space, name: string, region = HOME): DurableObjectStub {
    const { bindings, jurisdiction } = this.deps;
    return objectIn(bindings[space], name, { region, jurisdiction });
  }

  /** Whether it is certain that the object has no database. A self-hosted service, which has files, has no jurisdictions. */
  async hasNoFile(space: Space, name: string): Promise<boolean> {
    const { bindings } = this.deps;
    if (bindings.DISK === undefined) return false;
    const file = `${FOLDERS[space]}/${bindings[space].idFromName(name).toString()}.sqlite`;
    return !(await isOnDisk(bindings.DISK, file));
  }
}
