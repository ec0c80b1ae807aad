/** The sign before the name of a queue or topic, and the tags after it. */
import type { JSX } from "preact";
import { Sign } from "../../components/sign.tsx";
import { Tag } from "../../components/tag.tsx";
import { now } from "../../state/clock.ts";
import type { PlaceFigures } from "sukkal/client";
import { deadLetterQueues } from "../../state/overview.ts";
import { briefDuration } from "../../text/durations.ts";
import { isFailing } from "../../verdict/subscribers.ts";
import type { Severities } from "../../verdict/severities.ts";

interface PlaceSignProps {
  readonly place: PlaceFigures;
  readonly severities: Severities;
}

export function PlaceSign({ place, severities }: PlaceSignProps): JSX.Element {
  const severity = severities.get(place.name);
  if (severity !== undefined) return <Sign kind={severity} />;
  if (place.certainty === "unconfirmed") return <Sign kind="stale" />;
  return <Sign kind={(place.paused ?? []).length > 0 ? "paused" : null} />;
}

export function PlaceTags({ place }: { readonly place: PlaceFigures }): JSX.Element {
  const { kind, name, certainty, as_of: asOf, paused, subscriptions } = place;
  const fails = (subscriptions?.failing ?? []).some((each) => isFailing(each, now.value));
  return (
    <>
      {kind === "topic" && <Tag at="desk">topic</Tag>}
      {kind === "queue" && deadLetterQueues.value.has(name) && <Tag at="wide">dead letters</Tag>}
      {fails && <Tag tone="watch">notifications fail</Tag>}
      {(paused ?? []).length > 0 && <Tag at="desk">{(paused ?? []).join(" and ")} paused</Tag>}
      {certainty === "unconfirmed" && asOf !== null && (
        <Tag at="desk">heard {briefDuration(now.value - Date.parse(asOf))} ago</Tag>
      )}
    </>
  );
}
