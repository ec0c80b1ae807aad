/** What is wrong with a queue or topic, since when, and what happens next. One that is well has none. */
import type { JSX } from "preact";
import type { PlaceFigures } from "sukkal/client";
import { Verdict } from "../../../components/verdict.tsx";
import { now } from "../../../state/clock.ts";
import { overview, seen } from "../../../state/overview.ts";
import { service } from "../../../state/service.ts";
import type { Finding } from "../../../verdict/finding.ts";
import { placeVerdict } from "../../../verdict/place-verdict.ts";
import { verdictOn } from "../../../verdict/verdict.ts";
import type { PlaceData, PlaceId } from "../place-data.ts";

interface VerdictOnPlaceProps {
  readonly place: PlaceData;
  readonly figures: PlaceFigures;
  readonly risesSince: number | null;
}

export function VerdictOnPlace({ place, figures, risesSince }: VerdictOnPlaceProps): JSX.Element | null {
  const { value: answer } = overview.answer;
  if (answer === null) return null;
  const all = verdictOn({
    overview: answer,
    seen: seen.value,
    quotas: service.value?.quotas ?? null,
    now: Date.parse(answer.at),
  });
  const { _default_message_ttl: ttl = null } = place.details?.metadata ?? {};
  const findings = all.filter((finding) => isOf(finding, place));
  const verdict = placeVerdict({ findings, place: figures, risesSince, ttl, now: now.value });
  if (verdict === null) return null;
  const { severity, head, sentence, more } = verdict;
  return (
    <Verdict severity={severity} head={head} {...(more !== null && { more })}>
      {sentence}
    </Verdict>
  );
}

function isOf({ subject, route }: Finding, { kind, name }: PlaceId): boolean {
  return subject === name && "kind" in route && route.kind === kind;
}
