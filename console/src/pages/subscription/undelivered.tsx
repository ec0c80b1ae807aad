/** Notifications that have not arrived: each opens to what was sent, and what the receiver said. */
import type { JSX } from "preact";
import type { UndeliveredNotification } from "sukkal/client";
import { useKeys } from "../../components/keys.tsx";
import { Sign } from "../../components/sign.tsx";
import { useRowKeys } from "../../components/use-row-keys.ts";
import { now } from "../../state/clock.ts";
import { outcomeText } from "../../state/deliveries.ts";
import { distance, instant, machineTime } from "../../text/instants.ts";
import { exact } from "../../text/numbers.ts";

/** Characters of a body that are shown. */
const BODY_MAX = 10_000;

interface UndeliveredListProps {
  readonly rows: readonly UndeliveredNotification[];
  readonly openId: string | null;
  readonly onOpen: (id: string | null) => void;
  /** null: they cannot be selected. */
  readonly selected: ReadonlySet<string> | null;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

export function UndeliveredList({ rows, openId, onOpen, selected, onSelect }: UndeliveredListProps): JSX.Element {
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const { body, at, setCurrent, isIn, onKeyDown } = useRowKeys<HTMLUListElement>(rows.length);
  useKeys({
    x: () => {
      const row = rows[at];
      if (selected !== null && isIn() && row !== undefined) toggle(row.id);
    },
  });
  return (
    <ul class="undelivered" ref={body} onKeyDown={onKeyDown}>
      {rows.map((row, index) => (
        <li key={row.id}>
          <div class="undelivered-row">
            {selected !== null && (
              <input
                type="checkbox"
                tabIndex={-1}
                aria-label={`Select the notification of message ${row.message_id ?? row.id}`}
                checked={selected.has(row.id)}
                onChange={() => toggle(row.id)}
              />
            )}
            <button
              class="link row-link"
              type="button"
              tabIndex={index === at ? 0 : -1}
              aria-expanded={openId === row.id}
              onFocus={() => setCurrent(index)}
              onClick={() => onOpen(openId === row.id ? null : row.id)}
            >
              <Sign kind={row.next_attempt_at === null ? "act" : "watch"} />
              <Times row={row} />
              <span class="undelivered-outcome">{resultText(row)}</span>
              <span class="quiet">{nextText(row)}</span>
            </button>
          </div>
          {openId === row.id && <Details row={row} />}
        </li>
      ))}
    </ul>
  );
}

function Times({ row: { attempted_at: attempted, created_at: created } }: { readonly row: UndeliveredNotification }) {
  const at = attempted ?? created;
  if (at === null) return <span class="id">?</span>;
  return (
    <time class="id" dateTime={machineTime(Date.parse(at))}>
      {instant(Date.parse(at), now.value)}
    </time>
  );
}

function resultText({ outcome, reason, status }: UndeliveredNotification): string {
  return outcome === null ? "not tried yet" : outcomeText({ outcome, reason, status });
}

function nextText({ next_attempt_at: next, attempts }: UndeliveredNotification): string {
  const after = attempts === 1 ? "one attempt" : `${exact(attempts)} attempts`;
  if (next === null) return `given up after ${after}`;
  return `${attempts === 0 ? "first" : "next"} ${distance(Date.parse(next), now.value)}, after ${after}`;
}

function Details({ row }: { readonly row: UndeliveredNotification }): JSX.Element {
  const { answer, status, bodyText, body, message_id: message, id } = row;
  const head = status === null ? "Answer" : `Answer, ${status}, the first 1 KiB`;
  return (
    <div class="half">
      <div>
        <p class="label">{head}</p>
        <pre class="answer" dir="auto" tabIndex={0} role="group" aria-label="Answer">
          {answer === null || answer === "" ? "nothing that can be shown" : answer}
        </pre>
      </div>
      <div>
        <p class="label">{body === null && message === null ? "Sent: asks to confirm" : "Body of the message"}</p>
        <pre class="answer" dir="auto" tabIndex={0} role="group" aria-label="Body">
          {bodyText.slice(0, BODY_MAX)}
        </pre>
      </div>
      <dl class="facts">
        <dt>Message</dt>
        <dd class="id">{message ?? "none"}</dd>
        <dt>webhook-id</dt>
        <dd class="id">{id}</dd>
      </dl>
    </div>
  );
}
