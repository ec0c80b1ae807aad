/**
 * The identity that an upgrade request states with `AUTH_STRATEGY=none`. A proxy that authenticates sets project and roles there,
 * as on every request, and cannot see the frames. So they hold for the whole connection, and no frame may state others.
 */
import type { Identity } from "../auth/authenticator.ts";
import { readProjectHeader } from "../auth/project-header.ts";
import type { Config } from "../config/config.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { IDENTITY_BYTES_MAX, keptSize } from "./kept.ts";

/** null: the upgrade names no project, so each frame states its own. */
export function identityOfUpgrade(
  { authStrategy }: Pick<Config, "authStrategy">,
  headers: Headers,
): Result<Identity | null, "header-invalid" | "project-empty"> {
  if (!authStrategy.includes("none")) return ok(null);
  const principal = readProjectHeader(headers);
  if (!principal.ok) return principal.failure.kind === "project-missing" ? ok(null) : err(principal.failure);
  const identity = { principal: principal.value, expiresAt: null, accessRules: null };
  if (keptSize(identity) <= IDENTITY_BYTES_MAX) return ok(identity);
  const rule = `shorter: project, user and roles of a connection have at most ${IDENTITY_BYTES_MAX} bytes`;
  return err({ kind: "header-invalid", header: "X-Roles", rule });
}
