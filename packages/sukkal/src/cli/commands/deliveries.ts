/** `sukkal sub test`, `deliveries` and `redeliver`: how notifications fare. */
import type { DeliveryAttempt, DeliveryReport, UndeliveredNotification } from "../../subscriptions.ts";
import { flag, limitFlag, seconds, text, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { onJsonLine } from "../messages/body.ts";
import { withBody } from "../messages/view.ts";
import type { TopicFlag } from "../place.ts";
import { TOPIC_FLAG } from "../place.ts";
import { SUBSCRIPTION_ARGS, subscriptionsOf } from "../subscriptions/arguments.ts";
import { explanationOf, outcomeStyle, outcomeText, type Outcome } from "../subscriptions/outcomes.ts";
import { cut, onOneLine } from "../terminal/display-text.ts";
import type { Field } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { counted, duration, instant } from "../terminal/units.ts";

export const TEST_COMMAND = command({
  brief: "Send a test document to the subscriber",
  description: `It is sent as a message would be: with the options, signed, and to no address that the service does
not call. It is in no queue and no report, and is not repeated. The exit code is 1 if it does not arrive.`,
  examples: [["sub test jobs 01a22025978c…", "prints the outcome and the receiver's answer"]],
  flags: { topic: TOPIC_FLAG },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: TopicFlag, name: string, id: string) {
    const { output, signal } = session;
    const attempt = await (await subscriptionsOf(session, name, flags)).test(id, { signal });
    const { outcome, reason, status, duration_ms: ms, answer } = attempt;
    await output.record(attempt, [
      ["outcome", outcome],
      ["reason", reason],
      ["status", status],
      ["ms", ms],
      ["answer", answer],
      ["id", attempt.id],
    ]);
    if (outcome === "delivered") return;
    const hint = explanationOf(attempt);
    throw new Failure(`The test was not delivered: ${outcomeText(attempt)}.`, hint === null ? {} : { hint });
  },
});

type DeliveriesFlags = TopicFlag & { readonly failed?: boolean; readonly pending?: boolean; readonly limit?: number };
const LIMIT_DEFAULT = 20;
/** A service of default settings allows 20 a page. */
const PAGE = 20;

export const DELIVERIES_COMMAND = command({
  brief: "Show how notifications fare",
  description: `Shows how many were delivered, have failed and are pending, and the last attempts, of which a pipe
gets only these. --failed and --pending show notifications themselves, with the beginning of what the receiver has
last answered, which usually says what is wrong.`,
  examples: [
    ["sub deliveries jobs 01a22025978c…", "counts and the last attempts"],
    ["sub deliveries jobs 01a22025978c… --failed", "what was given up, and why"],
    ["sub deliveries jobs 01a22025978c… --pending --json", "what waits for an attempt, for programs"],
  ],
  flags: {
    failed: flag("notifications that were given up; redeliver sends them again"),
    pending: flag("notifications that wait for an attempt"),
    limit: limitFlag("20 notifications"),
    topic: TOPIC_FLAG,
  },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: DeliveriesFlags, name: string, id: string) {
    const { output, signal } = session;
    const { failed = false, pending = false, limit = LIMIT_DEFAULT } = flags;
    if (failed && pending) throw new Failure("--failed or --pending?", { exitCode: EXIT.usage });
    const subscriptions = await subscriptionsOf(session, name, flags);
    if (!failed && !pending) {
      const report = await subscriptions.deliveries(id, { signal });
      await printReport(session, report);
      const line = `${name} ${id}${flags.topic === true ? " --topic" : ""}`;
      if (report.redeliverable > 0) output.hint(`What was given up: sukkal sub deliveries ${line} --failed`);
      return;
    }
    const state = failed ? "failed" : "pending";
    const notifications: UndeliveredNotification[] = [];
    for await (const each of subscriptions.undelivered(id, { state, limit: Math.min(limit, PAGE), signal }))
      if (notifications.push(each) === limit) break;
    if (output.isTerminal) for (const each of notifications) await printNotification(session, each);
    else await output.list(notifications, UNDELIVERED, { document: toDocument });
    if (notifications.length === 0)
      output.hint(failed ? "No notification has failed." : "No notification waits for an attempt.");
    else if (failed) output.hint(`To send them again: sukkal sub redeliver ${name} ${id}`);
  },
});

const ATTEMPTS: readonly Column<DeliveryAttempt>[] = [
  {
    title: "AGE",
    value: ({ at }) => at,
    shown: ({ at }) => duration((Date.now() - Date.parse(at)) / 1000),
    align: "right",
  },
  { title: "ATTEMPT", value: ({ attempt }) => attempt, align: "right" },
  { title: "OUTCOME", value: outcomeText, style: outcomeStyle },
  { title: "MS", value: ({ duration_ms: ms }) => ms, align: "right" },
  // The other part is the id of the subscription.
  { title: "MESSAGE", value: ({ id }) => id, shown: ({ id }) => id.split("_")[0] ?? id },
];

async function printReport({ output }: Session, report: DeliveryReport): Promise<void> {
  if (output.isJson) return output.record(report, []);
  const { delivered, failed, pending, redeliverable, next_attempt_at: next, attempts } = report;
  if (output.isTerminal) {
    const fields: Field[] = [
      ["delivered", delivered],
      ["failed", failed, failed === redeliverable ? String(failed) : `${failed} (${redeliverable} kept)`],
      ["pending", pending],
    ];
    if (next !== null) fields.push(["next attempt", next, instant(new Date(next))]);
    await output.record(null, fields);
    if (attempts.length > 0) await output.line("");
  }
  await output.list(attempts, ATTEMPTS);
  if (!output.isTerminal) output.hint(`${delivered} delivered, ${failed} failed, ${pending} pending.`);
  for (const each of differentOf(attempts)) {
    const explanation = explanationOf(each);
    if (explanation !== null) output.hint(`${outcomeText(each)}: ${explanation}`);
  }
}

/** Each outcome once, the newest first. */
function differentOf(attempts: readonly DeliveryAttempt[]): readonly Outcome[] {
  return [...new Map(attempts.toReversed().map((each) => [outcomeText(each), each])).values()].toReversed();
}

const UNDELIVERED: readonly Column<UndeliveredNotification>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "MESSAGE", value: ({ message_id: message }) => message },
  { title: "ATTEMPTS", value: ({ attempts }) => attempts },
  { title: "ATTEMPTED", value: ({ attempted_at: at }) => at },
  { title: "NEXT", value: ({ next_attempt_at: at }) => at },
  { title: "OUTCOME", value: lastOutcome },
  { title: "ANSWER", value: ({ answer }) => answer },
  { title: "BODY", value: ({ bodyText }) => onJsonLine(bodyText) },
];

function lastOutcome({ outcome, reason, status }: UndeliveredNotification): string | null {
  return outcome === null ? null : outcomeText({ outcome, reason, status });
}

function toDocument(notification: UndeliveredNotification): unknown {
  const { body: _, bodyText, ...members } = notification;
  return withBody(members, { bodyText });
}

/** Its id is longer than what a table has room for, and its answer and body want a line each. */
async function printNotification({ output }: Session, notification: UndeliveredNotification): Promise<void> {
  const { id, attempts, attempted_at: at, next_attempt_at: next, answer, bodyText } = notification;
  const { paint, columns } = output;
  const room = columns - "  answer  ".length;
  const part = (title: string, shown: string): Promise<void> =>
    output.line(`  ${paint("quiet", title.padEnd("answer".length))}  ${cut(onOneLine(shown), room)}`);
  await output.line(onOneLine(id));
  const outcome = lastOutcome(notification);
  const tried = outcome === null ? "no attempt yet" : `${outcome}, ${counted(attempts, "attempt")}`;
  await part("state", `${tried}${at === null ? "" : `, the last at ${instant(new Date(at))}`}`);
  if (next !== null) await part("next", instant(new Date(next)));
  if (answer !== null) await part("answer", answer);
  await part("body", onJsonLine(bodyText));
}

type RedeliverFlags = TopicFlag & { readonly id?: readonly string[]; readonly since?: number };

/** The most ids of a request, unless the service has other settings. */
const IDS_MAX = 20;

export const REDELIVER_COMMAND = command({
  brief: "Send notifications again that were given up",
  description:
    "The service keeps the last 1,000. They are delivered at least once, with the same webhook-id as before.",
  examples: [
    ["sub redeliver jobs 01a22025978c…", "all that have failed"],
    ["sub redeliver jobs 01a22025978c… --since 1h", "those whose last attempt was in the last hour"],
    ["sub redeliver jobs 01a22025978c… --id 1a21228689fda…_01a22025978c…", "one; sub deliveries --failed shows ids"],
  ],
  flags: {
    id: {
      kind: "parsed",
      parse: text,
      variadic: true,
      optional: true,
      placeholder: "webhook-id",
      brief: "notification to send; can be repeated",
    },
    since: valueFlag(seconds, "time", "those whose last attempt was in this time"),
    topic: TOPIC_FLAG,
  },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: RedeliverFlags, name: string, subscription: string) {
    const { output, signal } = session;
    const { id: ids = [], since } = flags;
    const subscriptions = await subscriptionsOf(session, name, flags);
    const choice = since === undefined ? {} : { since: new Date(Date.now() - since * 1000) };
    const unique = [...new Set(ids)];
    let redelivered = 0;
    if (unique.length === 0) redelivered = await subscriptions.redeliver(subscription, { ...choice, signal });
    for (let at = 0; at < unique.length; at += IDS_MAX) {
      const part = unique.slice(at, at + IDS_MAX);
      redelivered += await subscriptions.redeliver(subscription, { ...choice, ids: part, signal });
    }
    if (output.isJson) await output.record({ redelivered }, []);
    const verb = redelivered === 1 ? "is" : "are";
    if (redelivered < unique.length)
      throw new Failure(
        `${counted(redelivered, "notification")} of ${unique.length} ${verb} sent again. The others have not failed.`,
        { exitCode: EXIT.notFound, hint: "sukkal sub deliveries --failed shows the ids of what has failed." },
      );
    if (redelivered > 0) output.done(`${counted(redelivered, "notification")} ${verb} sent again.`);
    else
      output.hint(
        `There is nothing to send again: no notification has failed${since === undefined ? "" : " in this time"}.`,
      );
  },
});
