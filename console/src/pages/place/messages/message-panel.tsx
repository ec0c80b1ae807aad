/** One message: what state it is in, how its life goes on, and its body. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { CopyButton, Button, IconButton } from "../../../components/button.tsx";
import { now } from "../../../state/clock.ts";
import { mayWrite, refusalOf } from "../../../state/service.ts";
import { bytes } from "../../../text/bytes.ts";
import { instant } from "../../../text/instants.ts";
import { exact } from "../../../text/numbers.ts";
import { hrefOf } from "../../../text/routes.ts";
import { counted } from "../../../text/words.ts";
import { pathOfPlace, type PlaceData } from "../place-data.ts";
import { Body } from "./body.tsx";
import { LifeBar } from "./life-bar.tsx";
import { attemptsOf, stateOf, type PeekedMessage } from "./message-state.ts";
import { StateTag } from "./message-table.tsx";
import type { PeekedRow } from "./peek.ts";

interface MessagePanelProps {
  readonly place: PlaceData;
  readonly row: PeekedRow;
  readonly onClose: () => void;
  readonly onMove: (step: 1 | -1) => void;
  readonly onDelete: () => void;
}

export function MessagePanel({
  place,
  row: { message, isGone },
  onClose,
  onMove,
  onDelete,
}: MessagePanelProps): JSX.Element {
  const { id, bodyText } = message;
  const article = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // In narrow windows the row that was pressed is hidden now.
    const { activeElement: focused } = document;
    if (focused instanceof HTMLElement && focused.offsetParent === null) article.current?.focus();
  }, []);
  return (
    <article ref={article} class="panel message" tabIndex={-1} aria-labelledby="message-id">
      <div class="panel-head">
        <h2 id="message-id" class="id" title={id}>
          <span class="unseen">Message </span>…{id.slice(-12)}
        </h2>
        <CopyButton text={id} label="Copy id" />
        <div class="row push">
          <IconButton icon="up" label="Message before" onPress={() => onMove(-1)} />
          <IconButton icon="down" label="Message after" onPress={() => onMove(1)} />
          <IconButton icon="close" label="Close" onPress={onClose} />
        </div>
      </div>
      <div class="panel-body stack">
        <p>
          {isGone ? (
            "Gone: it was deleted, has expired or has moved since the page was read."
          ) : (
            <StateSentence place={place} message={message} />
          )}
        </p>
        <LifeBar message={message} />
        <Facts message={message} />
      </div>
      <Body message={message} path={`${pathOfPlace(place)}/messages/${encodeURIComponent(id)}`} />
      <div class="panel-foot">
        <p>
          {counted(bodyText.length, "character")}, {bytes(new TextEncoder().encode(bodyText).length)}
        </p>
        {mayWrite.value && !isGone && (
          <div class="push">
            <Button
              isSmall
              kind="toward-danger"
              refusal={refusalOf("messages:delete_all", place.name)}
              onPress={onDelete}
            >
              Delete…
            </Button>
          </div>
        )}
      </div>
    </article>
  );
}

function StateSentence({
  place,
  message,
}: {
  readonly place: PlaceData;
  readonly message: PeekedMessage;
}): JSX.Element {
  const at = now.value;
  const state = stateOf(message, at);
  if (place.kind === "topic") return <>A topic keeps it for its subscribers until it expires.</>;
  const { claimedUntil, delayedUntil } = message;
  const until = state === "claimed" ? claimedUntil : state === "delayed" ? delayedUntil : null;
  const attempts = attemptsOf(message, at);
  const { _dead_letter_queue: target, _max_claim_count: most } = place.details?.metadata ?? {};
  return (
    <>
      <StateTag state={state} />
      {until !== null && ` until ${instant(until.getTime(), at)}`}, {claimsText(attempts, state === "claimed")}.
      {target != null && target !== "" && most != null && (
        <>
          {" "}
          After {counted(most, "claim")} it goes to{" "}
          <a href={hrefOf({ page: "place", kind: "queue", name: target, tab: "overview" })}>{target}</a>.
        </>
      )}
    </>
  );
}

function claimsText(attempts: number, isClaimed: boolean): string {
  if (isClaimed) return `its claim ${exact(attempts)}`;
  return attempts === 0 ? "never claimed" : `claimed ${attempts === 1 ? "once" : `${exact(attempts)} times`}`;
}

function Facts({ message: { id, traceparent, deadLetter } }: { readonly message: PeekedMessage }): JSX.Element {
  const facts: readonly (readonly [string, string | null])[] = [
    ["Id", id],
    ["Trace", traceparent],
    ["Dead letter of", deadLetter && `${deadLetter.queue}, ${instant(deadLetter.at.getTime(), now.value)}`],
  ];
  return (
    <dl class="facts">
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <>
              <dt>{label}</dt>
              <dd class="id">{value}</dd>
            </>
          ),
      )}
    </dl>
  );
}
