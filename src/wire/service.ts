/** The description of the service on the wire. Ours: docs/COMPATIBILITY.md describes it. */
import type { ServiceView } from "../domain/service-view.ts";

export function encodeService({ version, extensions, limits, quotas, caller, time }: ServiceView): string {
  return JSON.stringify({
    version,
    extensions,
    limits,
    quotas,
    caller: {
      project: caller.project,
      user: caller.user,
      roles: caller.roles,
      rules: caller.rules,
      queue_prefix: caller.queuePrefix,
      proof: caller.proof,
      expires_at: caller.expiresAt === null ? null : new Date(caller.expiresAt).toISOString(),
      key: caller.key,
    },
    time: new Date(time).toISOString(),
  });
}
