/** Operations on API keys. Ours: upstream has none. */
import { isOperator, type Principal } from "../auth/policy.ts";
import {
  generateApiKey,
  formatApiKey,
  KeyChecks,
  projectOfKey,
  type KeyGrant,
  type KeyRole,
  type NewKey,
  type OwnedKey,
} from "../domain/api-key.ts";
import { digestOf } from "../domain/digest.ts";
import type { ProjectId } from "../domain/id.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { logEvent } from "../telemetry/event.ts";
import type { ProjectContext, ServiceContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";

/** The largest page of keys. */
const PAGE_MAX = 100;

/** Creates a key. Its secret is returned only here. */
export const createKey: Operation<ServiceContext, NewKey, { readonly record: OwnedKey; readonly key: string }> = {
  name: "key_create",
  policy: "keys:create",
  whatFailed: "The API key could not be created.",
  isIdempotent: never,
  survivesDisconnect: true,
  async run(context, { project: asked, ...grant }) {
    const { project, stub } = context.forProject(asked);
    checkGrant(context.principal, grant);
    if (grant.expiresAt !== null && grant.expiresAt <= context.clock()) {
      throw new Refusal({ kind: "document-invalid", reason: "`expires_at` must be in the future." });
    }
    const checks = new KeyChecks(context.config.keyCheckSecrets);
    const generated = generateApiKey(project, checks, (bytes) => crypto.getRandomValues(bytes));
    const request = { ...grant, id: generated.id, digest: digestOf(generated.secret) };
    const record = unwrap(await stub().createKey(request));
    logEvent("key.created", context.event, { key: record.id, target_project: project, roles: record.roles });
    return { record: { ...record, project }, key: formatApiKey(generated) };
  },
};

export const listKeys: Operation<
  ServiceContext,
  PageRequest & { readonly project: ProjectId | null },
  readonly OwnedKey[]
> = {
  name: "key_list",
  policy: "keys:get_all",
  whatFailed: "API keys could not be listed.",
  isIdempotent: always,
  async run(context, { project: asked, ...page }) {
    const { project, stub } = context.forProject(asked);
    const limit = limitOf(page, PAGE_MAX);
    const keys = await stub().keys({ marker: page.marker ?? "", limit });
    return keys.map((key) => ({ ...key, project }));
  },
};

export const getKey: Operation<ServiceContext, { readonly id: string }, OwnedKey> = {
  name: "key_get",
  policy: "keys:get",
  whatFailed: "The API key could not be retrieved.",
  isIdempotent: always,
  async run(context, { id }) {
    const { project, stub } = contextOfKey(context, id);
    const key = await stub().key({ id });
    if (key === null) throw new Refusal({ kind: "key-not-found" });
    return { ...key, project };
  },
};

/** Failure: `key-not-found` for an unknown id, so that a mistyped id does not look like a revocation. */
export const revokeKey: Operation<ServiceContext, { readonly id: string }, void> = {
  name: "key_delete",
  policy: "keys:delete",
  whatFailed: "The API key could not be revoked.",
  // A second run would not find the key that the first has revoked.
  isIdempotent: never,
  survivesDisconnect: true,
  async run(context, { id }) {
    const { project, stub } = contextOfKey(context, id);
    if (!(await stub().revokeKey({ id }))) throw new Refusal({ kind: "key-not-found" });
    logEvent("key.revoked", context.event, { key: id, target_project: project });
  },
};

/** A key of a project that the caller may not manage counts as missing. */
function contextOfKey({ principal, forProject }: ServiceContext, id: string): ProjectContext {
  const project = projectOfKey(id);
  if (project !== null && (project === principal.project || isOperator(principal))) return forProject(project);
  throw new Refusal({ kind: "key-not-found" });
}

const RANK: Readonly<Record<KeyRole, number>> = { reader: 1, member: 2, admin: 3 };

/** A caller cannot grant more than it has, whatever the policy allows. A new admin key may have no prefix. */
function checkGrant(principal: Principal, { roles, queuePrefix }: KeyGrant): void {
  if (queuePrefix !== "" && roles.includes("admin")) {
    throw new Refusal({ kind: "document-invalid", reason: "A key with a queue prefix can not have the role admin." });
  }
  if (!queuePrefix.startsWith(principal.queuePrefix)) throw new Refusal({ kind: "not-authorized" });
  if (isOperator(principal)) return;
  const own = Math.max(0, ...principal.roles.map((role) => RANK[role as KeyRole] ?? 0));
  if (roles.some((role) => RANK[role] > own)) throw new Refusal({ kind: "not-authorized" });
}
