/**
 * `AUTH_STRATEGY=none`: requests are not authenticated. Project and roles are used as the headers state them, so every client
 * that reaches the service can be admin of every project. This mode is for development and for trusted networks.
 */
import { toProjectId } from "../domain/id.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { Principal } from "./principal.ts";

/** Upstream: oslo.context takes the first of these headers that is present, also if it is empty. */
const PROJECT_HEADERS = ["X-Project-ID", "X-Tenant-ID", "X-Tenant"];

/** The principal that the headers state. */
export function readProjectHeader(headers: Headers): Result<Principal, "project-missing" | "project-empty"> {
  for (const name of PROJECT_HEADERS) {
    const project = headers.get(name);
    if (project === null) continue;
    if (project === "") return err({ kind: "project-empty" });
    const roles = readRoles(headers.get("X-Roles"));
    return ok({
      project: toProjectId(project),
      user: headers.get("X-User-Id"),
      roles,
      proof: "headers",
      queuePrefix: "",
    });
  }
  return err({ kind: "project-missing" });
}

function readRoles(header: string | null): readonly string[] {
  if (header === null) return [];
  return header.split(",").map((role) => role.trim().toLowerCase());
}
