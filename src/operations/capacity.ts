/**
 * The limits that all requests and connections of a process share if they have the same settings: the number of objects in use,
 * and the limits of each project.
 */
import { oncePerConfig } from "../config/config-cache.ts";
import { WakeGate } from "../objects/rpc/wake-gate.ts";
import { ProjectLimits } from "./project-limits.ts";

export interface Capacity {
  readonly gate: WakeGate;
  readonly projectLimits: ProjectLimits;
}

export const capacityOf = oncePerConfig((config): Capacity => {
  return { gate: new WakeGate(config), projectLimits: new ProjectLimits(config.quotas) };
});
