/** The last attempts: as bars, and as a list. */
import type { JSX } from "preact";
import type { DeliveryAttempt } from "sukkal/client";
import { Panel } from "../../components/panel.tsx";
import { Sign } from "../../components/sign.tsx";
import { now } from "../../state/clock.ts";
import { outcomeText, tookText, wasCalled } from "../../state/deliveries.ts";
import { instant, machineTime } from "../../text/instants.ts";
import { exact } from "../../text/numbers.ts";
import { counted } from "../../text/words.ts";

/** The service keeps as many. */
const KEPT = 50;
/** Units of the picture. */
const STEP = 20;
const WIDTH = 14;
const HEIGHT = 44;
/** Milliseconds: the service waits no longer for an answer. */
const LONGEST = 10_000;
const LEAST_HEIGHT = 5;

interface AttemptsProps {
  /** The newest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

export function AttemptStrip({ attempts }: AttemptsProps): JSX.Element {
  const shown = attempts.slice(0, KEPT).toReversed();
  const failed = shown.filter(({ outcome }) => outcome !== "delivered").length;
  const summary = `${counted(shown.length - failed, "attempt")} arrived, ${exact(failed)} did not`;
  return (
    <Panel
      title={`Last ${counted(shown.length, "attempt")}`}
      tools={
        <>
          <span class="label at-desk">height: time to the answer, up to 10 s; oldest left</span>
          <span class="label push">{summary}</span>
        </>
      }
    >
      <div class="panel-body">
        <svg
          class="strip"
          viewBox={`0 0 ${KEPT * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summary}
        >
          {shown.map((attempt, index) => (
            <Bar key={`${attempt.id} ${attempt.attempt} ${attempt.at}`} attempt={attempt} at={index * STEP} />
          ))}
        </svg>
      </div>
    </Panel>
  );
}

function Bar({
  attempt: { outcome, duration_ms: took },
  at,
}: {
  readonly attempt: DeliveryAttempt;
  readonly at: number;
}): JSX.Element {
  const height = Math.max(LEAST_HEIGHT, (Math.min(took, LONGEST) / LONGEST) * HEIGHT);
  const kind = outcome === "delivered" ? "well" : "watch";
  return <rect class={kind} x={at + 3} y={HEIGHT - height} width={WIDTH} height={height} />;
}

export function AttemptTable({ attempts }: AttemptsProps): JSX.Element {
  return (
    <table class="table cards">
      <caption class="unseen">Attempts, newest first</caption>
      <thead>
        <tr>
          <th scope="col" title="When the attempt began">
            Time
          </th>
          <th scope="col" title="What the receiver answered, or why it was not called">
            Outcome
          </th>
          <th scope="col" class="n" title="The first for this notification, the second, and so on">
            Attempt
          </th>
          <th scope="col" class="n" title="Time to the answer, 10 s at most">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {attempts.map((attempt) => (
          <tr key={`${attempt.id} ${attempt.attempt} ${attempt.at}`}>
            <th scope="row" class="id">
              <time dateTime={machineTime(Date.parse(attempt.at))}>{instant(Date.parse(attempt.at), now.value)}</time>
            </th>
            <td data-label="Outcome" class="outcome">
              <span class="cell">
                <Sign kind={attempt.outcome === "delivered" ? null : "watch"} />
                <span>{outcomeText(attempt)}</span>
              </span>
            </td>
            <td class="n" data-label="Attempt">
              {exact(attempt.attempt)}
            </td>
            <td class="n" data-label="Took">
              {wasCalled(attempt) ? tookText(attempt.duration_ms) : <span class="none">-</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
