/** `sukkal check`: a plugin for monitoring systems, such as Nagios and Icinga. */
import type { PlaceDetails } from "../../place-details.ts";
import type { Queue } from "../../queue.ts";
import { count, QUEUE, seconds, valueFlag } from "../arguments.ts";
import { command, explainedOf, type Session } from "../command.ts";
import { detailsOf } from "../place.ts";
import { certainDetails } from "../places/certain-details.ts";
import { ageOf } from "../places/figures.ts";
import { bySeverity, performanceData, STATES, stateOf, toLine, type State } from "../places/thresholds.ts";
import { counted, duration, number } from "../terminal/units.ts";

interface Flags {
  readonly maxMessages?: number;
  readonly maxAge?: number;
  readonly warnMessages?: number;
  readonly warnAge?: number;
  readonly timeout?: number;
}

interface Finding {
  readonly queue: string | null;
  readonly state: State;
  readonly text: string;
  /** Members of the document. */
  readonly free?: number;
  readonly claimed?: number;
  readonly oldest?: number | null;
  readonly performance?: readonly string[];
}

/** Seconds. The default of monitoring plugins. */
const TIMEOUT = 10;

export const CHECK_COMMAND = command({
  brief: "Check queues for a monitoring system",
  description: `Prints one line, as plugins of Nagios and Icinga do: the state, the queues that are not OK first,
and performance data. Messages are those that nobody has claimed; the age is that of the oldest one that can be
claimed. A limit is exceeded by more than it. The exit code is 0 for OK, 1 for WARNING, 2 for CRITICAL, and 3 for
UNKNOWN: a queue that does not exist, a service that does not answer, a wrong flag.`,
  examples: [
    ["check jobs --warn-age 5m --max-age 15m", "are its consumers behind?"],
    ["check jobs mails --max-messages 10000", "several queues"],
    ["check jobs-dead --max-messages 0", "is there any dead letter?"],
  ],
  flags: {
    maxMessages: valueFlag(count, "n", "more are CRITICAL"),
    maxAge: valueFlag(seconds, "time", "an older message is CRITICAL"),
    warnMessages: valueFlag(count, "n", "more are a WARNING"),
    warnAge: valueFlag(seconds, "time", "an older message is a WARNING"),
    timeout: valueFlag(seconds, "time", "for all answers; 10s by default"),
  },
  args: { kind: "array", parameter: QUEUE, minimum: 1 },
  async run(session: Session, flags: Flags, ...names: string[]) {
    const findings = (await findingsOf(session, flags, names)).toSorted(bySeverity);
    const state = findings[0]?.state ?? "UNKNOWN";
    const texts = findings.map(({ queue, text }) => (queue === null ? text : `${queue}: ${text}`));
    const performance = findings.flatMap((finding) => finding.performance ?? []);
    const line = toLine(state, texts);
    const data = performance.length === 0 ? "" : ` | ${performance.join(" ")}`;
    const queues = findings.map(({ performance: _, text, ...finding }) => ({ ...finding, text }));
    await session.output.result({ state, queues }, line + data);
    session.cli.process.exitCode = STATES[state];
  },
});

/** Whatever goes wrong is a state, so that the monitoring system has a line to show. */
async function findingsOf(session: Session, flags: Flags, names: readonly string[]): Promise<readonly Finding[]> {
  const limit = flags.timeout ?? TIMEOUT;
  const timeout = AbortSignal.timeout(limit * 1000);
  const signal = AbortSignal.any([session.signal, timeout]);
  const unknown = async (queue: string | null, error: unknown): Promise<Finding> => {
    session.signal.throwIfAborted();
    if (timeout.aborted) return { queue, state: "UNKNOWN", text: `no answer within ${duration(limit)}` };
    return { queue, state: "UNKNOWN", text: await reasonOf(session, error) };
  };
  try {
    const client = await session.sukkal();
    const wanted = [...new Set(names)];
    const known = await certainDetails(client, wanted, signal);
    const detailsIn = async (name: string): Promise<PlaceDetails> =>
      known.get(name) ?? withOldestFree(client.queue(name), signal);
    return await Promise.all(
      wanted.map((name) =>
        detailsIn(name).then(
          (details) => assess({ ...details, name }, flags),
          (error: unknown) => unknown(name, error),
        ),
      ),
    );
  } catch (error) {
    return [await unknown(null, error)];
  }
}

/** The oldest message of the statistics may be one that a consumer has. Here it is one that can be claimed. */
async function withOldestFree(queue: Queue, signal: AbortSignal): Promise<PlaceDetails> {
  const details = await detailsOf(queue, signal);
  const { stats } = details;
  if (stats === null || (stats.claimed ?? 0) === 0) return details;
  for await (const { age, created } of queue.messages({ limit: 1, signal }))
    return { ...details, stats: { ...stats, oldest: { age, created, href: "" } } };
  return { ...details, stats: { ...stats, oldest: null } };
}

/** One sentence, without the full stop. */
async function reasonOf(session: Session, error: unknown): Promise<string> {
  const explained = await explainedOf(session, error);
  return (explained instanceof Error ? explained.message : String(explained)).replace(/\.$/, "");
}

function assess(details: PlaceDetails, { maxMessages, maxAge, warnMessages, warnAge }: Flags): Finding {
  const { name: queue, stats } = details;
  if (stats === null) return { queue, state: "UNKNOWN", text: "its figures cannot be read at the moment" };
  const { free = 0, claimed = 0 } = stats;
  const oldest = ageOf(details);
  const amount = { warn: warnMessages, max: maxMessages };
  const age = { warn: warnAge, max: maxAge };
  const states = [stateOf(free, amount), stateOf(oldest ?? 0, age)] as const;
  const texts = [
    counted(free, "message") + excess(states[0], amount, number),
    ...(oldest === null ? [] : [`the oldest ${duration(oldest)} old${excess(states[1], age, duration)}`]),
  ];
  return {
    queue,
    state: states.map((state) => ({ state })).toSorted(bySeverity)[0]?.state ?? "OK",
    text: texts.join(", "),
    free,
    claimed,
    oldest,
    performance: [
      performanceData(`${queue}_messages`, free, amount),
      performanceData(`${queue}_oldest`, oldest ?? 0, { ...age, unit: "s" }),
      performanceData(`${queue}_claimed`, claimed, {}),
    ],
  };
}

/** Such as ` (more than 1,000)`. */
function excess(
  state: State,
  { warn, max }: { readonly warn: number | undefined; readonly max: number | undefined },
  shown: (value: number) => string,
): string {
  const limit = state === "CRITICAL" ? max : warn;
  return state === "OK" || limit === undefined ? "" : ` (more than ${shown(limit)})`;
}
