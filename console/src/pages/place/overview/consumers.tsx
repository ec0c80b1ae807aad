/** Who claims from a queue, and how each one does. */
import type { JSX } from "preact";
import type { ConsumerFigures, PlaceFigures } from "sukkal/client";
import { Count } from "../../../components/figure.tsx";
import { Nothing } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Sign } from "../../../components/sign.tsx";
import { Distance } from "../../../components/time.tsx";
import { now } from "../../../state/clock.ts";
import { least } from "../../../text/amounts.ts";
import { shortId } from "../../../text/names.ts";
import { isSilent } from "../../../verdict/place-verdict.ts";

export function Consumers({ figures }: { readonly figures: PlaceFigures }): JSX.Element {
  const consumers = (figures.consumers ?? []).toSorted((a, b) => askedAt(a) - askedAt(b));
  const isWaiting = least(figures.messages.free) > 0;
  return (
    <Panel title="Consumers" tools={<span class="label">Client-IDs that asked for messages lately</span>}>
      {consumers.length === 0 ? (
        <Nothing>
          <p>{nobodyText(figures, isWaiting)}</p>
        </Nothing>
      ) : (
        <table class="table cards">
          <caption class="unseen">Consumers, those that have been silent the longest first</caption>
          <thead>
            <tr>
              <th scope="col" title="What the consumer sends as its Client-ID">
                Client-ID
              </th>
              <th scope="col" title="Silent: it has not asked for 2 minutes">
                State
              </th>
              <th scope="col" class="n" title="When it last asked for messages">
                Last claim asked
              </th>
              <th scope="col" class="n" title="Messages under its live claims">
                Holds
              </th>
              <th scope="col" class="n at-desk" title="Messages that it has done: mean of 5 minutes">
                Deleted /min
              </th>
            </tr>
          </thead>
          <tbody>
            {consumers.map((consumer) => (
              <Row key={consumer.client_id} consumer={consumer} isWaiting={isWaiting} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function askedAt({ last_asked: at }: ConsumerFigures): number {
  return at === null ? 0 : Date.parse(at);
}

function nobodyText({ consumers }: PlaceFigures, isWaiting: boolean): string {
  if (consumers === undefined) return "The service does not know who asks.";
  return isWaiting ? "Nobody asks for messages, and some wait." : "Nobody has asked for messages lately.";
}

interface RowProps {
  readonly consumer: ConsumerFigures;
  readonly isWaiting: boolean;
}

function Row({ consumer, isWaiting }: RowProps): JSX.Element {
  const { client_id: id, last_asked: at, held, deleted_per_minute: deleted } = consumer;
  const silent = isSilent(consumer, now.value);
  return (
    <tr>
      <th scope="row">
        <span class="cell">
          <Sign kind={silent && isWaiting ? "act" : null} />
          {id === null ? (
            <span class="none">not known</span>
          ) : (
            <span class="id" title={id}>
              {shortId(id)}
            </span>
          )}
        </span>
      </th>
      <td data-label="State">{stateOf(consumer, silent)}</td>
      <td class="n" data-label="Last claim asked">
        {at === null ? <span class="none">not lately</span> : <Distance at={Date.parse(at)} />}
      </td>
      <td class="n" data-label="Holds">
        <Count value={held ?? null} />
      </td>
      <td class="n at-desk">
        <Count value={deleted === null ? null : Math.round(deleted)} />
      </td>
    </tr>
  );
}

function stateOf(
  { held = 0, deleted_per_minute: deleted, claimed_per_minute: claimed }: ConsumerFigures,
  isQuiet: boolean,
): string {
  if (isQuiet) return held > 0 ? "silent, holds messages" : "silent";
  return held > 0 || (deleted ?? 0) > 0 || (claimed ?? 0) > 0 ? "working" : "waiting for messages";
}
