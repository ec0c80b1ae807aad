/**
 * The limits that all requests and connections of a process share if they have the same settings: the number of objects in use,
 * and the limits of each project.
 */
import type { Config } from "../config/config.ts";
import { WakeGate } from "../objects/rpc/wake-gate.ts";
import { ProjectLimits } from "./project-limits.ts";

export interface Capacity {
  readonly gate: WakeGate;
  readonly projectLimits: ProjectLimits;
}

const capacities = new WeakMap<Config, Capacity>();

export function capacityOf(config: Config): Capacity {
  let capacity = capacities.get(config);
  if (capacity !== undefined) return capacity;
  capacity = { gate: new WakeGate(config), projectLimits: new ProjectLimits(config.quotas) };
  capacities.set(config, capacity);
  return capacity;
}
