/** The projects in use, for operators. */
import type { ProjectUsage } from "sukkal/client";
import { added, changeOf, type Change } from "./changes.ts";
import { setServiceTime } from "./clock.ts";
import { Poll } from "./poll.ts";
import { signedIn } from "./session.ts";

/** The service answers with as many at most, and asks two objects for each. */
const PROJECTS_MAX = 100;
/** Milliseconds. */
const PERIOD = 10_000;

/** The answers of the last minutes for each project, the oldest first. */
let answers: ReadonlyMap<string, readonly ProjectUsage[]> = new Map();

export const projects = new Poll<readonly Change[]>({
  period: PERIOD,
  ask: async ({ signal: asked }) => {
    const found: ProjectUsage[] = [];
    for await (const usage of signedIn().projects({ limit: PROJECTS_MAX, signal: asked })) found.push(usage);
    const [first] = found;
    if (first !== undefined) setServiceTime(Date.parse(first.at));
    answers = new Map(found.map((usage) => [usage.project_id, added(answers.get(usage.project_id), usage)]));
    return found.map((usage) => changeOf(usage, answers.get(usage.project_id) ?? []));
  },
  newsOf: (changes) => changes.map(({ usage: { at: _, ...rest } }) => rest),
});
