/** A redrive: how far it is while it runs, and what it has done afterwards. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import type { Redrive } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { Failure, Notice } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { useAction } from "../../../components/use-action.ts";
import { now } from "../../../state/clock.ts";
import { askAgain } from "../../../state/poll.ts";
import { mayWrite, refusalOf } from "../../../state/service.ts";
import { signedIn } from "../../../state/session.ts";
import { toast } from "../../../state/toasts.ts";
import { duration } from "../../../text/durations.ts";
import { instant } from "../../../text/instants.ts";
import { count, rate } from "../../../text/numbers.ts";
import { isHeldUp, progressOf, redriveTitle } from "../../../state/redrives.ts";

interface RedrivePanelProps {
  readonly name: string;
  readonly redrive: Redrive;
}

export function RedrivePanel({ name, redrive }: RedrivePanelProps): JSX.Element {
  const { isBusy, error, run } = useAction();
  const stillSince = useStillSince(redrive);
  const isRunning = redrive.status === "running";
  const cancel = async (): Promise<void> => {
    await signedIn().queue(name).cancelRedrive();
    toast("The redrive was cancelled. What has moved stays moved.");
    askAgain();
  };
  const tools = isRunning && mayWrite.value && (
    <div class="push">
      <Button
        isSmall
        busy={isBusy ? "Cancelling" : null}
        refusal={refusalOf("messages:delete_all", name)}
        onPress={() => run(cancel)}
      >
        Cancel the redrive
      </Button>
    </div>
  );
  return (
    <Panel title={`Redrive: ${redriveTitle(redrive)}`} tools={tools === false ? undefined : tools}>
      <div class="panel-body stack">
        {isRunning && <Gauge redrive={redrive} />}
        <RedriveFigures redrive={redrive} />
        {isHeldUp(redrive, stillSince, now.value) && (
          <Notice tone="watch">
            <strong>Held up.</strong> {redrive.target ?? "A source"} takes nothing since{" "}
            {instant(stillSince, now.value)}. The service goes on trying.
          </Notice>
        )}
        <p class="second">{footOf(redrive)}</p>
        {error !== null && <Failure what="The redrive was not cancelled" error={error} />}
      </div>
    </Panel>
  );
}

/** When the numbers last changed, as far as this page has seen. */
function useStillSince({ moved, remaining, started_at: startedAt }: Redrive): number {
  const state = `${startedAt} ${moved} ${remaining}`;
  const seen = useRef({ state, at: now.peek() });
  if (seen.current.state !== state) seen.current = { state, at: now.peek() };
  return seen.current.at;
}

function Gauge({ redrive: { moved, remaining } }: { readonly redrive: Redrive }): JSX.Element {
  const id = useId();
  return (
    <div>
      <span class="unseen" id={id}>
        Moved of those that the redrive found
      </span>
      <progress class="gauge" value={moved} max={Math.max(1, moved + remaining)} aria-labelledby={id} />
    </div>
  );
}

function RedriveFigures({ redrive }: { readonly redrive: Redrive }): JSX.Element {
  const { moved, remaining, messages_per_second: most, finished_at: finishedAt } = redrive;
  const { pace, took, left } = progressOf(redrive, now.value);
  const limit = most === null ? "without a limit" : `of at most ${count(most)}`;
  return (
    <dl class="progress-figures">
      <Small label="moved" value={count(moved)} />
      {finishedAt === null ? (
        <>
          <Small label="still to look at" value={count(remaining)} />
          <Small label="left, at this pace" value={left === null ? "?" : duration(left)} />
        </>
      ) : (
        <>
          <Small label={`ended ${instant(Date.parse(finishedAt), now.value)}`} value={duration(took)} />
        </>
      )}
      <Small
        label={limit}
        value={
          <>
            {pace === null ? "0" : rate(pace)} <span class="unit">/s</span>
          </>
        }
      />
    </dl>
  );
}

function Small({ label, value }: { readonly label: string; readonly value: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt class="label">{label}</dt>
      <dd class="value">{value}</dd>
    </div>
  );
}

const RULES =
  "Letters keep their id, age and end of life; their claims count from 0. Cancelling stops here: what has moved stays " +
  "moved. It goes on if you close this page.";

function footOf({ status, started_at: startedAt, max_messages: most }: Redrive): string {
  const started = `Started ${instant(Date.parse(startedAt), now.value)}${most === null ? "" : `, for ${count(most)} at most`}.`;
  if (status === "running") return `${started} ${RULES}`;
  return status === "done"
    ? `${started} Letters that were claimed, or were posted straight to this queue, have stayed.`
    : `${started} What has moved stays moved, and the others have stayed.`;
}
