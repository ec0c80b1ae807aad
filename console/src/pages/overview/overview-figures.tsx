/** The five figures of a project. */
import type { JSX } from "preact";
import { Figure, Figures } from "../../components/figure.tsx";
import { now } from "../../state/clock.ts";
import type { Overview, PlaceFigures } from "sukkal/client";
import { deadLetterQueues } from "../../state/overview.ts";
import { most, sumOf } from "../../text/amounts.ts";
import { briefDuration } from "../../text/durations.ts";
import { count, rate } from "../../text/numbers.ts";
import { counted, inWords } from "../../text/words.ts";

export function OverviewFigures({ overview }: { readonly overview: Overview }): JSX.Element {
  const { totals, places } = overview;
  const dead = places.filter(({ kind, name }) => kind === "queue" && deadLetterQueues.value.has(name));
  const known = places.filter(({ rates }) => rates !== null);
  const posted = known.length === 0 ? null : sum(known.map(({ rates }) => rates?.posted ?? 0));
  const deleted = known.length === 0 ? null : sum(known.map(({ rates }) => rates?.deleted ?? 0));
  return (
    <Figures>
      <Figure label="Free" value={totals.messages.free} why={freeWhy(overview)} />
      <Figure label="Claimed" value={totals.messages.claimed} why={claimedWhy(places)} />
      <Figure label="Posted" value={posted} unit="/s" write={rate} why="mean of the last minute" />
      <Figure label="Deleted" value={deleted} unit="/s" write={rate} why="done by consumers, last minute" />
      <Figure label="Dead letters" value={sumOf(dead.map(({ messages }) => messages.total))} why={deadWhy(dead)} />
    </Figures>
  );
}

function freeWhy({ places, totals }: Overview): string {
  const stale = places.filter(({ certainty }) => certainty === "unconfirmed");
  const held = sum(stale.map(({ messages }) => most(messages.free) ?? 0));
  const heard = stale.flatMap(({ as_of: at }) => (at === null ? [] : [Date.parse(at)]));
  if (held > 0 && heard.length > 0)
    return `without ${count(held)} heard ${briefDuration(now.value - Math.min(...heard))} ago`;
  if (totals.unknown > 0) return `without ${inWords(totals.unknown)} that nothing is known of`;
  return "can be claimed now";
}

function claimedWhy(places: readonly PlaceFigures[]): string {
  const consumers = new Set(places.flatMap((place) => (place.consumers ?? []).map((each) => each.client_id)));
  return consumers.size === 0 ? "leased to consumers" : `leased to ${counted(consumers.size, "consumer")}`;
}

function deadWhy(dead: readonly PlaceFigures[]): string {
  const holding = dead.filter(({ messages }) => most(messages.total) !== 0);
  if (dead.length === 0) return "no dead-letter queue exists";
  if (dead.every(({ messages }) => messages.total === null)) return `in ${counted(dead.length, "queue")}`;
  if (holding.length === 0) return "none is waiting";
  const more = sum(holding.map(({ rates }) => rates?.adopted ?? 0)) * 60;
  const where = `in ${counted(holding.length, "queue")}`;
  return more >= 0.5 ? `${where}, ${count(Math.round(more))} more a minute` : where;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
