/** The sentence at the head of a subscription: what does not arrive, why, and what happens next. */
import type { JSX } from "preact";
import type { DeliveryReport } from "sukkal/client";
import { Notice } from "../../components/notice.tsx";
import { Verdict } from "../../components/verdict.tsx";
import { now } from "../../state/clock.ts";
import { failsSince, outcomeText } from "../../state/deliveries.ts";
import { distance, minute } from "../../text/instants.ts";
import { exact } from "../../text/numbers.ts";
import { counted } from "../../text/words.ts";
import type { SubscriptionData } from "./subscription-data.ts";

/** Characters of an answer that a sentence has room for. */
const ANSWER_MAX = 120;

export function SubscriptionVerdict({ data }: { readonly data: SubscriptionData }): JSX.Element | null {
  const { report } = data;
  const [last] = report.attempts;
  const since = failsSince(report.attempts);
  if (last === undefined || since === null) {
    if (report.redeliverable === 0) return null;
    return (
      <Notice>
        The last attempt arrived. {counted(report.redeliverable, "notification")} that{" "}
        {report.redeliverable === 1 ? "was" : "were"} given up before can be sent again.
      </Notice>
    );
  }
  const head = `Fails ${since.isExact ? "" : "at least "}since ${minute(since.at, now.value)}.`;
  const answer = answerOf(data);
  return (
    <Verdict severity="watch" head={head} more={nextText(report)}>
      The receiver {outcomeText(last)}
      {answer !== null && (
        <>
          : "<bdi>{answer}</bdi>"
        </>
      )}
      .
    </Verdict>
  );
}

/** What the receiver has said last, in one line; null: nothing that is known. */
function answerOf({ pending, failed }: SubscriptionData): string | null {
  const [last] = [...pending, ...failed]
    .filter(({ answer }) => answer !== null && answer.trim() !== "")
    .toSorted((a, b) => Date.parse(b.attempted_at ?? "") - Date.parse(a.attempted_at ?? ""));
  const text = last?.answer?.trim().replaceAll(/\s+/g, " ") ?? null;
  return text !== null && text.length > ANSWER_MAX ? `${text.slice(0, ANSWER_MAX)}…` : text;
}

function nextText({ pending, redeliverable, next_attempt_at: next }: DeliveryReport): string {
  const when = next === null ? "" : `, the next ${distance(Date.parse(next), now.value)}`;
  const waiting = pending === 0 ? "" : `${counted(pending, "notification")} to send${when}. `;
  if (redeliverable === 0) return `${waiting}Nothing was given up.`;
  const kept = redeliverable === 1 ? "was given up; it is kept" : "were given up; they are kept";
  return `${waiting}${exact(redeliverable)} ${kept} and can be sent again once a test arrives.`;
}
