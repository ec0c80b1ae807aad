/** Whether a principal passes a policy rule. Who may do what is written down in `domain/policy.ts`. */
import { RULES, type Rule } from "../domain/policy.ts";
import { isOperator, type Principal } from "./principal.ts";

export type { Rule } from "../domain/policy.ts";
export { isOperator, type Principal } from "./principal.ts";

/** Lists of roles that an operator has put in the place of a rule's default; `*` is everyone. */
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
    case "owners":
      return isWriter(principal) && principal.proof !== "signed-url";
    case "admin":
      return roles.includes("admin");
    case "operator":
      return isOperator(principal);
  }
}

/** Whether queues and topics of that name are there for the principal at all. */
export function coversQueue({ queuePrefix }: Principal, queue: string): boolean {
  return queue.startsWith(queuePrefix);
}

function isWriter({ roles }: Principal): boolean {
  return !(roles.includes("reader") && roles.every((role) => role === "reader"));
}
