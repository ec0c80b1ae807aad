/** The description of a token by Keystone (Identity API v3, "Validate and show information for token"). */
import * as v from "valibot";
import { toProjectId } from "../domain/id.ts";
import { parseInstant } from "../domain/instant.ts";
import type { EpochMs } from "../domain/time.ts";
import type { AccessRule } from "./keystone-access-rules.ts";
import type { Principal } from "./principal.ts";

export interface Token {
  readonly principal: Principal;
  readonly expiresAt: EpochMs;
  /** null: no restriction. */
  readonly accessRules: readonly AccessRule[] | null;
}

const ACCESS_RULE = v.object({ service: v.string(), method: v.string(), path: v.string() });

const DOCUMENT = v.object({
  token: v.object({
    user: v.object({ id: v.string() }),
    // Present in tokens that are scoped to a project, those of trusts included.
    project: v.optional(v.object({ id: v.pipe(v.string(), v.minLength(1)) })),
    roles: v.optional(v.array(v.object({ name: v.string() })), []),
    expires_at: v.string(),
    application_credential: v.optional(v.object({ access_rules: v.nullish(v.array(ACCESS_RULE), null) })),
  }),
});

/** Throws for a document that is not in the format of the API, because such an answer must not count as "invalid token". */
export function decodeToken(document: unknown): Token {
  const parsed = v.safeParse(DOCUMENT, document);
  const expiresAt = parsed.success ? parseInstant(parsed.output.token.expires_at) : null;
  if (!parsed.success || expiresAt === null) {
    throw new Error("Keystone's answer about a token is not in the format of the Identity API v3. Check KEYSTONE_URL.");
  }
  const { user, project, roles, application_credential: credential } = parsed.output.token;
  return {
    principal: {
      project: project === undefined ? null : toProjectId(project.id),
      user: user.id,
      roles: roles.map(({ name }) => name.toLowerCase()),
      proof: "keystone",
      queuePrefix: "",
      expiresAt,
    },
    expiresAt,
    accessRules: credential?.access_rules ?? null,
  };
}
