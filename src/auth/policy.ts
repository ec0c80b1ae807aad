/** Decides whether a principal passes a policy rule, and which queues an API key covers. The rules are in `domain/policy.ts`. */
import { RULES, type Rule } from "../domain/policy.ts";
import { isMonitor, isOperator, type Principal } from "./principal.ts";

export type { Rule } from "../domain/policy.ts";
export { isOperator, type Principal } from "./principal.ts";

/** The operator's list of roles for single rules, in place of the rule's default; `*` is everyone. */
export type Overrides = ReadonlyMap<Rule, readonly string[]>;

export function isAllowed(principal: Principal, rule: Rule, overrides: Overrides): boolean {
  const { roles } = principal;
  const listed = overrides.get(rule);
  if (listed !== undefined) return listed.includes("*") || listed.some((role) => roles.includes(role));
  switch (RULES[rule]) {
    case "everyone":
      return true;
    case "writers":
      return isWriter(principal);
    case "accounts":
      return principal.proof !== "signed-url";
    case "owners":
      return isWriter(principal) && principal.proof !== "signed-url";
    case "admin":
      return roles.includes("admin");
    case "operator":
      return isOperator(principal);
    case "monitors":
      return isMonitor(principal);
  }
}

/** Whether the principal may see a queue or topic of this name: the name begins with the queue prefix of its key. */
export function coversQueue({ queuePrefix }: Principal, queue: string): boolean {
  return queue.startsWith(queuePrefix);
}

function isWriter({ roles }: Principal): boolean {
  return !(roles.includes("reader") && roles.every((role) => role === "reader"));
}
