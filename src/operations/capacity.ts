/**
 * What bounds the work of all requests and connections of a process that run under the same settings: the objects that they may
 * wake, and the limits of projects.
 */
import type { Config } from "../config/config.ts";
import { WakeGate } from "../objects/rpc/wake-gate.ts";
import { ProjectLimits } from "./project-limits.ts";

export interface Capacity {
  readonly gate: WakeGate;
  readonly projectLimits: ProjectLimits;
}

const known = new WeakMap<Config, Capacity>();

export function capacityOf(config: Config): Capacity {
  let capacity = known.get(config);
  if (capacity !== undefined) return capacity;
  capacity = { gate: new WakeGate(config), projectLimits: new ProjectLimits(config.quotas) };
  known.set(config, capacity);
  return capacity;
}
