import type { ProjectId } from "../domain/id.ts";
import type { EpochMs } from "../domain/time.ts";

/** The identity of a request, as far as it has been proven. */
export interface Principal {
  /** null: an identity of the service or of a domain. It may use only operations that need no project. */
  readonly project: ProjectId | null;
  /** Keystone's user id, or the id of the API key; null when no single user is proven. */
  readonly user: string | null;
  /** Lower case: roles compare without regard to case. */
  readonly roles: readonly string[];
  /**
   * How project and roles were proven: by a token of Keystone, an API key, or the signature of a URL, which proves a project
   * and grants no role. `headers`: they are not proven, but used as the headers state them.
   */
  readonly proof: "headers" | "keystone" | "key" | "signed-url";
  /** The principal sees only queues and topics whose names begin with this; "": all. */
  readonly queuePrefix: string;
  /** When the credential ends. Absent: it does not, or it was proven by an older version. */
  readonly expiresAt?: EpochMs;
}

/** The holder of METRICS_API_KEY, which the authenticator accepts for the metrics only. */
export const MONITOR: Principal = { project: null, user: "metrics", roles: ["reader"], proof: "key", queuePrefix: "" };

/** An admin of the service. A project's own API key administers that project at most, whatever its roles. */
export function isOperator({ roles, proof, project }: Principal): boolean {
  return roles.includes("admin") && !(proof === "key" && project !== null);
}

/** May see the figures of all projects: an admin of the service, or a monitor. Keys without a project are of the service. */
export function isMonitor(principal: Principal): boolean {
  return isOperator(principal) || (principal.proof === "key" && principal.project === null);
}
