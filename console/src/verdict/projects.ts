/** What needs an operator: the projects that lose messages, or fall behind, by what this page has seen. The worst first. */
import { grownBy, spanOf, type Change } from "../state/changes.ts";
import { least, most } from "../text/amounts.ts";
import { briefDuration } from "../text/durations.ts";
import { count } from "../text/numbers.ts";
import { counted } from "../text/words.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

export function verdictOnProjects(changes: readonly Change[]): readonly Finding[] {
  const found = changes.flatMap((change) => findingOf(change) ?? []);
  return found.toSorted((a, b) => Number(a.severity === "watch") - Number(b.severity === "watch") || a.rank - b.rank);
}

export function findingOf(change: Change): Finding | null {
  const span = briefDuration(spanOf(change));
  const expired = grownBy(change, "expired") ?? 0;
  const dead = grownBy(change, "dead_lettered") ?? 0;
  const more = growthOfFree(change);
  if (expired > 0)
    return finding(change, "act", `lost ${counted(expired, "message")} that expired in the last ${span}.`, expired);
  if (dead > 0) return finding(change, "act", `got ${counted(dead, "dead letter")} in the last ${span}.`, dead);
  if (more >= THRESHOLDS.grownBy)
    return finding(change, "watch", `has ${count(more)} more free messages than ${span} ago.`, more);
  return null;
}

/** At least so many, whatever is not known. */
function growthOfFree({ usage, before }: Change): number {
  const earlier = most(before?.messages.free ?? null);
  return earlier === null ? 0 : least(usage.messages.free) - earlier;
}

function finding({ usage }: Change, severity: Finding["severity"], sentence: string, size: number): Finding {
  const { project_id: name } = usage;
  return { severity, subject: name, sentence, route: { page: "project", name }, since: null, rank: -size };
}
