import type { ProjectId } from "../domain/id.ts";

/** Who makes a request, as far as it has been proven. */
export interface Principal {
  readonly project: ProjectId;
  /** Lower case: roles compare without regard to case. */
  readonly roles: readonly string[];
  /** How project and roles were proven. `headers`: not at all, they are believed as sent. */
  readonly proof: "headers";
}
