/** Who may do what: upstream's policy rules with their defaults (extended contract 4.1). */
import type { Principal } from "./principal.ts";

export type { Principal } from "./principal.ts";

type Audience = "everyone" | "admin";

const RULES = {
  "queues:get_all": "everyone",
  "queues:create": "everyone",
  "queues:get": "everyone",
  "queues:update": "everyone",
  "queues:delete": "everyone",
  "queues:stats": "everyone",
  "queues:purge": "everyone",
  "messages:get_all": "everyone",
  "messages:create": "everyone",
  "messages:get": "everyone",
  "messages:delete": "everyone",
  "messages:delete_all": "everyone",
  "claims:create": "everyone",
  "claims:get": "everyone",
  "claims:update": "everyone",
  "claims:delete": "everyone",
  "ping:get": "everyone",
  "health:get": "admin",
} as const satisfies Readonly<Record<string, Audience>>;

export type Rule = keyof typeof RULES;

export function isAllowed(principal: Principal, rule: Rule): boolean {
  return RULES[rule] === "everyone" || principal.roles.includes("admin");
}
