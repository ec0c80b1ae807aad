/** Stubs of objects by their regions and names. Those of a Worker are guarded by its wake gate. */
import type { Config } from "../../config/config.ts";
import { HOME, type Jurisdiction, type Region } from "../../domain/region.ts";
import { FOLDERS } from "../../storage/folders.ts";
import { isOnDisk } from "./disk.ts";
import { objectIn } from "./regions.ts";
import type { Refused, WakeGate } from "./wake-gate.ts";

export type Space = Exclude<keyof typeof FOLDERS, "HUBS">;

export interface ReachDeps {
  readonly bindings: Readonly<Record<Space, DurableObjectNamespace>> & { readonly DISK?: Fetcher };
  /** null: calls are not bounded. */
  readonly gate: WakeGate | null;
  /** The jurisdiction of the whole service. */
  readonly bound: Jurisdiction | null;
}

interface Guarding<T> {
  readonly region?: Region;
  readonly missing: (config: Config) => Partial<T>;
  readonly refused?: (config: Config) => Refused<T>;
  /** Milliseconds that the call may take. */
  readonly stay?: number;
  /** Whether the object must exist. */
  readonly isExpected?: () => Promise<boolean>;
}

export class Reach {
  private readonly deps: ReachDeps;
  /** Every call may pass. */
  private readonly isOpen: boolean;

  constructor(deps: ReachDeps) {
    const { bindings, gate } = deps;
    this.deps = deps;
    this.isOpen = gate === null || (bindings.DISK === undefined && !gate.isBounded);
  }

  /** An object, guarded by the gate. */
  guarded<T extends object>(
    space: Space,
    name: string,
    { region = HOME, missing, refused = () => ({}), stay = 0, isExpected = async () => false }: Guarding<T>,
  ): T {
    const { gate } = this.deps;
    // The cast is sound: a stub has the methods of its class, and the classes implement their interfaces.
    const stub = this.stub(space, name, region) as unknown as T;
    const key = `${space}/${name}`;
    if (this.isOpen || gate === null || gate.passes(key, stay)) return stub;
    const isMissing = async (): Promise<boolean> => (await this.hasNoFile(space, name)) && !(await isExpected());
    const { config } = gate;
    return gate.guard({ stub, missing: missing(config), refused: refused(config), isMissing, key, stay });
  }

  /** An object, past the gate. */
  stub(space: Space, name: string, region = HOME): DurableObjectStub {
    const { bindings, bound } = this.deps;
    return objectIn(bindings[space], name, { region, bound });
  }

  /** True only when it is certain that the object has no database. A service that has files has no jurisdictions. */
  async hasNoFile(space: Space, name: string): Promise<boolean> {
    const { bindings } = this.deps;
    if (bindings.DISK === undefined) return false;
    const file = `${FOLDERS[space]}/${bindings[space].idFromName(name).toString()}.sqlite`;
    return !(await isOnDisk(bindings.DISK, file));
  }
}
