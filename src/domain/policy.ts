/**
 * The policy rules and their defaults. Names are upstream's (zaqar/common/policies) and ours. `POLICY_RULES` replaces the
 * default of a rule by a list of roles.
 */

/**
 * The principals that pass a rule by default.
 *
 * - `everyone`: every authenticated principal, signed URLs included.
 * - `writers`: `everyone` except principals whose only role is `reader`. Upstream lets everyone write; here a Keystone user or an
 *   API key with only that role may not.
 * - `accounts`: `everyone` except signed URLs.
 * - `owners`: `writers` except signed URLs, which are shared for other purposes.
 * - `admin`: principals with the role `admin`. An API key of a project has that role only within its own project.
 * - `operator`: principals with the role `admin` that are not API keys of a project: admins of the whole service.
 * - `monitors`: `operator`, and the key for the metrics.
 */
export type Audience = "everyone" | "writers" | "accounts" | "owners" | "admin" | "operator" | "monitors";

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
  // Upstream requires the role admin, which a project's API key may have within its project. Pools belong to the whole service.
  "pools:get_all": "operator",
  "pools:create": "operator",
  "pools:get": "operator",
  "pools:update": "operator",
  "pools:delete": "operator",
  "flavors:get_all": "everyone",
  "flavors:create": "operator",
  "flavors:get": "everyone",
  "flavors:update": "operator",
  "flavors:delete": "operator",
  // Ours.
  // It contains messages, which a signed URL of subscriptions does not give access to.
  "deliveries:get_all": "accounts",
  "subscription:redeliver": "owners",
  "subscription:test": "owners",
  "subscription:renew_secret": "owners",
  "keys:get_all": "admin",
  "keys:create": "admin",
  "keys:get": "admin",
  "keys:delete": "admin",
  "quotas:get": "everyone",
  "service:get": "everyone",
  // They name all queues and topics of the project, which a signed URL does not give access to.
  "overview:get": "accounts",
  "series:get": "accounts",
  "usage:get": "admin",
  "projects:get_all": "operator",
  "quotas:update": "operator",
  "quotas:delete": "operator",
  "metrics:get": "monitors",
} as const satisfies Readonly<Record<string, Audience>>;

export type Rule = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as readonly Rule[];

export function isRule(name: string): name is Rule {
  return Object.hasOwn(RULES, name);
}
