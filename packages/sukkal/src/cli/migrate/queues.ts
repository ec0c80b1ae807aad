/** The queues that a migration is about. */
import { EXIT, Failure } from "../exit-code.ts";
import { JOURNAL } from "./journal.ts";
import type { Reader } from "./reader.ts";

/** Those whose names match a pattern, all without one. A name without `*` and `?` counts even if the source does not list it. */
export async function queuesOf(
  reader: Reader,
  patterns: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = [];
  // Between two services of this kind the journal of a former migration stays where it is.
  for await (const name of reader.queueNames(signal)) if (name !== JOURNAL) names.push(name);
  if (patterns === undefined) return names.toSorted(byCode);
  const tests = patterns.map(toPattern);
  const chosen = new Set(names.filter((name) => tests.some((test) => test.test(name))));
  // Zaqar's Redis storage lists the queue a.b as a.
  for (const pattern of patterns)
    if (!/[*?]/.test(pattern) && !chosen.has(pattern)) chosen.add(await hidden(reader, pattern, signal));
  return [...chosen].toSorted(byCode);
}

async function hidden(reader: Reader, name: string, signal: AbortSignal): Promise<string> {
  const [metadata, counts] = await Promise.all([reader.metadata(name, signal), reader.counts(name, signal)]);
  if (metadata.size > 0 || counts?.total !== 0) return name;
  throw new Failure(`The source has no queue "${name}" with messages or metadata.`, { exitCode: EXIT.notFound });
}

function toPattern(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(String.raw`\*`, ".*").replaceAll(String.raw`\?`, ".")}$`);
}

function byCode(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
