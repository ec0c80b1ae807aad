/** Whether the credential of the target may do what a copy needs. */
import type { Caller } from "../../service-view.ts";
import { refused, type Finding } from "./findings.ts";
import { JOURNAL } from "./journal.ts";

/** What concerns all queues. */
export function findingsOfAccess({ roles, queue_prefix: prefix }: Caller): readonly Finding[] {
  const isReader = roles.includes("reader") && roles.every((role) => role === "reader");
  return [
    ...(isReader ? [refused("the credential of the target has the role reader only: copy and drain need member")] : []),
    ...(JOURNAL.startsWith(prefix) ? [] : [refused(`${scope(prefix)} the journal ${JOURNAL} too: ${REMEDY}`)]),
  ];
}

export function findingsOfPrefix(name: string, prefix: string): readonly Finding[] {
  return name.startsWith(prefix) ? [] : [refused(`${scope(prefix)} this queue: ${REMEDY}`)];
}

function scope(prefix: string): string {
  return `the credential of the target is for ${prefix}* only, and has to cover`;
}

const REMEDY = "use one without a prefix";
