/**
 * The policy rules: upstream's names and defaults (extended contract 4.1), and ours. An operator may give any of them a
 * list of roles instead (`POLICY_RULES`).
 */

/**
 * Who passes a rule by default.
 *
 * - `everyone`: whoever has a proven identity, or a signed URL.
 * - `writers`: the same, but for those whose only role is `reader`. Upstream lets everyone do it; a Keystone user who is
 *   nothing but a reader, or a key that is, should not be able to.
 * - `owners`: the same, but not by a signed URL: that was given away for something else.
 * - `admin`: role `admin`; of a project's API key only within its own project.
 * - `operator`: role `admin`, and not by a project's API key: an admin of the service, not of one project.
 */
export type Audience = "everyone" | "writers" | "owners" | "admin" | "operator";

export const RULES = {
  "queues:get_all": "everyone",
  "queues:create": "writers",
  "queues:get": "everyone",
  "queues:update": "writers",
  "queues:delete": "writers",
  "queues:stats": "everyone",
  "queues:share": "writers",
  "queues:purge": "writers",
  "messages:get_all": "everyone",
  "messages:create": "writers",
  "messages:get": "everyone",
  "messages:delete": "writers",
  "messages:delete_all": "writers",
  "claims:create": "writers",
  "claims:get": "everyone",
  "claims:update": "writers",
  "claims:delete": "writers",
  "subscription:get_all": "everyone",
  "subscription:create": "writers",
  "subscription:get": "everyone",
  "subscription:update": "writers",
  "subscription:delete": "writers",
  "subscription:confirm": "writers",
  "topics:get_all": "everyone",
  "topics:create": "writers",
  "topics:get": "everyone",
  "topics:update": "writers",
  "topics:delete": "writers",
  "topics:stats": "everyone",
  "topics:purge": "writers",
  "ping:get": "everyone",
  "health:get": "admin",
  // Ours.
  "subscription:redeliver": "owners",
  "subscription:renew_secret": "owners",
  "keys:get_all": "admin",
  "keys:create": "admin",
  "keys:get": "admin",
  "keys:delete": "admin",
  "quotas:get": "everyone",
  "quotas:update": "operator",
  "quotas:delete": "operator",
} as const satisfies Readonly<Record<string, Audience>>;

export type Rule = keyof typeof RULES;

export function isRule(name: string): name is Rule {
  return Object.hasOwn(RULES, name);
}
