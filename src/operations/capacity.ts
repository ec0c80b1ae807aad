/**
 * What all requests and connections of a process share if they have the same settings: the number of objects in use, the limits
 * of each project, and the count of requests.
 */
import { oncePerConfig } from "../config/config-cache.ts";
import { Reporters } from "../objects/rpc/reporters.ts";
import { WakeGate } from "../objects/rpc/wake-gate.ts";
import { ProjectLimits } from "./project-limits.ts";
import { RequestReports } from "./request-reports.ts";

export interface Capacity {
  readonly gate: WakeGate;
  readonly projectLimits: ProjectLimits;
  /** null: the service keeps no figures. */
  readonly requests: RequestReports | null;
  /** null: no figures are kept. */
  readonly reporters: Reporters | null;
  /** Reports at once what is pending, and from then on without a pause: the process ends. */
  readonly hurryReports: () => void;
}

export const capacityOf = oncePerConfig((config): Capacity => {
  const requests = config.meter ? new RequestReports() : null;
  const reporters = config.meter ? new Reporters() : null;
  const hurryReports = (): void => {
    reporters?.close();
    requests?.close();
  };
  const gate = new WakeGate(config);
  return { gate, projectLimits: new ProjectLimits(config.quotas), requests, reporters, hurryReports };
});
