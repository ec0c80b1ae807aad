/** The sentence below the title of the overview: what is to be said of those that need nobody. */
import type { Overview, PlaceFigures } from "sukkal/client";
import { briefDuration } from "../../text/durations.ts";
import { capital, inWords } from "../../text/words.ts";
import type { Finding } from "../../verdict/finding.ts";

export function leadOf({ at, places, totals }: Overview, findings: readonly Finding[]): string {
  if (totals.unknown === totals.places) return "Nobody has used these queues and topics since the service has figures.";
  const needy = new Set(findings.map(({ subject }) => subject));
  const others = places.filter(({ name }) => !needy.has(name));
  const parts = [
    part(others.filter(({ paused }) => (paused ?? []).length > 0).length, "is paused", "are paused"),
    unheardText(
      others.filter(({ certainty }) => certainty === "unconfirmed"),
      Date.parse(at),
    ),
    part(totals.unknown, "has no figures yet", "have no figures yet"),
  ].filter((text) => text !== "");
  const number = totals.places - needy.size;
  const noun = number === 1 ? "queue or topic" : "queues and topics";
  const other = needy.size === 0 ? "" : "other ";
  if (parts.length > 0) return `Of the ${other}${inWords(number)} ${noun} ${parts.join(", and ")}. The rest keep up.`;
  if (number === 0) return "There are no others.";
  return number === 1
    ? `The ${other}queue or topic keeps up.`
    : `${capital(`the ${other}${inWords(number)} ${noun}`)} keep up.`;
}

function part(number: number, one: string, many: string): string {
  return number === 0 ? "" : `${inWords(number)} ${number === 1 ? one : many}`;
}

/** With the longest silence. */
function unheardText(places: readonly PlaceFigures[], now: number): string {
  const text = part(places.length, "has not been heard of", "have not been heard of");
  const heard = places.flatMap(({ as_of: at }) => (at === null ? [] : [Date.parse(at)]));
  return heard.length === 0 ? text : `${text} for ${briefDuration(now - Math.min(...heard))}`;
}
