/** A project with three flavors, each with one pool, and each pool in another region. */
import { expect } from "vitest";
import { objectNames } from "../objects/stubs.ts";
import { clientWith } from "./authenticated-client.ts";
import { putFlavor, putPool, removePools } from "./pools.ts";
import { startService } from "./service.ts";
import { project, type Project, type Queue } from "./zaqar-client.ts";

export type Where = "home" | "west" | "east";
export const REGIONS: Readonly<Record<Where, string>> = { home: "", west: "weur", east: "enam" };

export class RegionalProject {
  readonly owner: Project = project();

  static async create(): Promise<RegionalProject> {
    const created = new RegionalProject();
    await removePools();
    for (const where of ["home", "west", "east"] as const) {
      await putPool(where, `durable-object://${REGIONS[where]}`);
      await putFlavor(created.owner.id, created.flavorOf(where), where);
    }
    return created;
  }

  /** Each test has its own flavors, because a Worker's cache of them outlives the test. */
  flavorOf(where: Where): string {
    return `${where}-${this.owner.id}`;
  }

  /** Metadata with a flavor. */
  flavor(where: Where): { readonly _flavor: string } {
    return { _flavor: this.flavorOf(where) };
  }

  /** A Worker with empty caches. */
  anotherWorker(settings: Readonly<Record<string, string>> = { POOLING: "true" }): Project {
    const { id } = this.owner;
    return clientWith(startService({ AUTH_STRATEGY: "none", ...settings }), { "X-Project-ID": id }, id);
  }
}

/** The region of the only object that stores anything of the queue; null: none does. */
export async function regionOf(queue: Queue): Promise<string | null> {
  const names = await objectNames(queue);
  expect(names.length).toBeLessThanOrEqual(1);
  const [name] = names;
  return name === undefined ? null : (name.split("@")[1] ?? "");
}
