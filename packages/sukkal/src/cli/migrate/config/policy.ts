/** Rules of oslo.policy as lists of roles. */

export interface ConvertedPolicy {
  /** As POLICY_RULES has them. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  /** Names of rules that are more than a list of roles. */
  readonly others: readonly string[];
}

export function toPolicyRules(document: unknown): ConvertedPolicy {
  const checks = new Map(Object.entries(Object(document) as Readonly<Record<string, unknown>>));
  const rules: Record<string, readonly string[]> = {};
  const others: string[] = [];
  for (const [name, check] of checks) {
    // Others are parts of rules.
    if (!name.includes(":")) continue;
    const roles = rolesOf(check, checks, 0);
    if (roles === null) others.push(name);
    else rules[name] = roles;
  }
  return { rules, others };
}

/** Rules that are parts of each other would have no end. */
const DEPTH_MAX = 10;

/** null: it is more than a list of roles. */
function rolesOf(check: unknown, checks: ReadonlyMap<string, unknown>, depth: number): readonly string[] | null {
  if (Array.isArray(check) && check.length === 0) return ["*"];
  if (typeof check !== "string" || depth > DEPTH_MAX) return null;
  const text = check.trim();
  if (text === "" || text === "@") return ["*"];
  if (text === "!") return [];
  const all: string[] = [];
  for (const part of text.split(/\s+or\s+/i)) {
    const [, kind, name] = /^(role|rule):([\w.:-]+)$/.exec(part) ?? [];
    const roles =
      kind === "rule" ? rolesOf(checks.get(name ?? ""), checks, depth + 1) : kind === "role" ? [name ?? ""] : null;
    if (roles === null) return null;
    all.push(...roles);
  }
  return [...new Set(all)];
}
