/** The project of a command for admins and operators. */
import type { Session } from "../command.ts";

/**
 * The project that a request has to name: a credential may read its own without a name, and others only as an operator.
 * undefined: the caller's own.
 */
export async function foreignProject({ connection, connectionFlags }: Session): Promise<string | undefined> {
  const { credential, project } = await connection();
  // Without authentication the header names the project.
  if (credential.kind === "none") return undefined;
  return connectionFlags.project ?? (credential.source === "ADMIN_API_KEY" ? (project ?? undefined) : undefined);
}
