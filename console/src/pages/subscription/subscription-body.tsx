/** The figures of a subscription, its attempts, and what has not arrived. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { Choice } from "../../components/field.tsx";
import { Figure, Figures } from "../../components/figure.tsx";
import { Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { now } from "../../state/clock.ts";
import { median, tookText, wasCalled } from "../../state/deliveries.ts";
import { mayWrite } from "../../state/service.ts";
import { distance, instant } from "../../text/instants.ts";
import { exact } from "../../text/numbers.ts";
import type { DeliveryReport } from "sukkal/client";
import { pathOfPlace } from "../place/place-data.ts";
import { AttemptStrip, AttemptTable } from "./attempts.tsx";
import { Redeliver } from "./redeliver.tsx";
import { Retries } from "./retries.tsx";
import { SecretPanel } from "./secret.tsx";
import { LISTED_MAX, type SubscriptionData, type SubscriptionId } from "./subscription-data.ts";
import { SubscriptionVerdict } from "./subscription-verdict.tsx";
import { UndeliveredList } from "./undelivered.tsx";

/** The newest that the service keeps. */
const KEPT_MAX = 1000;

interface SubscriptionBodyProps {
  readonly target: SubscriptionId;
  readonly data: SubscriptionData;
}

export function SubscriptionBody({ target, data }: SubscriptionBodyProps): JSX.Element {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { report, failed } = data;
  // What was sent again meanwhile is not selected any more.
  const chosen = new Set(failed.flatMap(({ id }) => (selected.has(id) ? [id] : [])));
  return (
    <>
      <SubscriptionVerdict data={data} />
      <DeliveryFigures report={report} />
      <div class={mayWrite.value ? "two" : undefined}>
        <div class="stack">
          {report.attempts.length > 0 && <AttemptStrip attempts={report.attempts} />}
          <Retries data={data} />
          <Notifications target={target} data={data} selected={chosen} onSelect={setSelected} />
        </div>
        {mayWrite.value && (
          <div class="stack beside">
            <Redeliver
              target={target}
              kept={report.redeliverable}
              selected={chosen}
              onDone={() => setSelected(new Set())}
            />
            <SecretPanel target={target} />
          </div>
        )}
      </div>
    </>
  );
}

function DeliveryFigures({ report }: { readonly report: DeliveryReport }): JSX.Element {
  const { delivered, pending, redeliverable, next_attempt_at: next, attempts } = report;
  const last = attempts.find(({ outcome }) => outcome === "delivered");
  const answered = attempts.filter(wasCalled);
  const took = median(answered.map(({ duration_ms: ms }) => ms));
  const at = now.value;
  return (
    <Figures>
      <Figure
        label="Arrived"
        value={delivered}
        why={last === undefined ? "none of the last attempts" : `the last one at ${instant(Date.parse(last.at), at)}`}
      />
      <Figure
        label="To send"
        value={pending}
        why={next === null ? "nothing waits" : `next attempt ${distance(Date.parse(next), at)}`}
      />
      <Figure
        label="Given up"
        value={redeliverable}
        tone={redeliverable > 0 ? "watch" : undefined}
        why={redeliverable === 0 ? "they would be kept, to be sent again" : `all kept, room for ${exact(KEPT_MAX)}`}
      />
      <Figure
        label="Answers take"
        value={took}
        write={tookText}
        why={took === null ? "it was not called yet" : `median of the last ${exact(answered.length)}, at most 10 s`}
      />
    </Figures>
  );
}

interface NotificationsProps {
  readonly target: SubscriptionId;
  readonly data: SubscriptionData;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

type View = "attempts" | "pending" | "failed";

const QUERIES: Readonly<Record<View, string>> = { attempts: "", pending: "?state=pending", failed: "?state=failed" };

function Notifications({ target, data, selected, onSelect }: NotificationsProps): JSX.Element {
  const { report, pending, failed } = data;
  const [wanted, setView] = useState<View | null>(null);
  const [openId, setOpen] = useState<string | null>(null);
  const view = wanted ?? (report.redeliverable > 0 ? "failed" : report.pending > 0 ? "pending" : "attempts");
  const rows = view === "pending" ? pending : failed;
  const total = view === "pending" ? report.pending : report.redeliverable;
  const options = [
    { value: "attempts", text: "Attempts" },
    { value: "pending", text: `To send ${exact(report.pending)}` },
    { value: "failed", text: `Given up ${exact(report.redeliverable)}` },
  ] as const;
  const foot =
    view === "attempts" || total <= LISTED_MAX
      ? undefined
      : `The first ${exact(LISTED_MAX)} of ${exact(total)}, in the order of their messages.`;
  return (
    <Panel
      title="Notifications"
      tools={
        <div class="row push">
          <span class="at-desk">
            <CopyCurl path={`${pathOfPlace(target)}/subscriptions/${target.id}/deliveries${QUERIES[view]}`} />
          </span>
          <Choice<View> label="Which" options={options} value={view} onChoose={setView} />
        </div>
      }
      foot={foot}
    >
      {(view === "attempts" ? report.attempts.length : rows.length) === 0 ? (
        <Nothing>
          <p>
            {view === "failed" ? "Nothing was given up." : view === "pending" ? "Nothing waits." : "No attempt yet."}
          </p>
        </Nothing>
      ) : view === "attempts" ? (
        <AttemptTable attempts={report.attempts} />
      ) : (
        <UndeliveredList
          rows={rows}
          openId={openId}
          onOpen={setOpen}
          selected={view === "failed" && mayWrite.value ? selected : null}
          onSelect={onSelect}
        />
      )}
    </Panel>
  );
}
