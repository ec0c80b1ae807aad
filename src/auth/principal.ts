import type { ProjectId } from "../domain/id.ts";

/** Who makes a request, as far as it has been proven. */
export interface Principal {
  /** null: nobody of a project, but of the service or of a domain; only operations that need no project are open. */
  readonly project: ProjectId | null;
  /** Keystone's user id, or the id of the API key; null when nobody in particular is proven. */
  readonly user: string | null;
  /** Lower case: roles compare without regard to case. */
  readonly roles: readonly string[];
  /**
   * How project and roles were proven: by a token of Keystone, an API key, or the signature of a URL, which proves a
   * project and grants no role. `headers`: not at all, they are believed as sent.
   */
  readonly proof: "headers" | "keystone" | "key" | "signed-url";
  /** Only queues whose names begin with it are there for this principal; "" is all of them. */
  readonly queuePrefix: string;
}

/** An admin of the service. A project's own API key administers that project at most, whatever its roles. */
export function isOperator({ roles, proof, project }: Principal): boolean {
  return roles.includes("admin") && !(proof === "key" && project !== null);
}
