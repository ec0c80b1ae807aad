/** The figures of one queue or topic, as lines of a record. */
import { unlessMissing } from "../../error.ts";
import type { ConsumerFigures, PlaceFigures, SpreadFigures } from "../../figures.ts";
import type { Queue, Topic } from "../../queue.ts";
import type { Field } from "../terminal/output.ts";
import { counted, duration, number } from "../terminal/units.ts";
import { figureText, figureValue } from "./figure-text.ts";

/** null: the service has none, or none of this one yet. */
export async function ownFigures(place: Queue | Topic, signal: AbortSignal): Promise<PlaceFigures | null> {
  const figures = await unlessMissing(place.figures({ signal }));
  return figures?.certainty === undefined || figures.certainty === "unknown" ? null : figures;
}

/** A queue with a smaller load is far from any limit. */
const LOAD_SHOWN = 0.05;

/** What the statistics do not say. */
export function fieldsOfFigures({
  messages,
  waiting_claims: waiting,
  bytes,
  spread,
  load = 0,
  rates,
  consumers = [],
}: PlaceFigures): Field[] {
  const flows =
    rates &&
    ([
      ["posted", rates.posted + rates.adopted],
      ["claimed", rates.claimed],
      ["deleted", rates.deleted],
      ["lapsed", rates.lapsed],
    ] as const);
  const shown = flows?.filter(([, rate]) => rate > 0).map(([name, rate]) => `${rateText(rate)} ${name}`);
  return [
    ["delayed", figureValue(messages.delayed), figureText(messages.delayed)],
    ["waiting_claims", figureValue(waiting), figureText(waiting)],
    ["bytes", bytes, bytes === null ? "?" : number(bytes)],
    ["rates", shown?.join(", ") ?? null, (shown ?? []).join(", ") || "-"],
    ...(spread === undefined ? [] : [toSpread(spread)]),
    ...(load < LOAD_SHOWN ? [] : [["load", load, `${number(Math.round(load * 100))} % of one object`] as Field]),
    ...consumers.map(toField),
  ];
}

function toSpread({ phase, objects, load, changed }: SpreadFigures): Field {
  const share = load === null ? "" : `, load ${number(Math.round(load * 100))} % of one`;
  const since = duration((Date.now() - Date.parse(changed)) / 1000);
  return ["spread", phase, `${phase}, ${counted(objects, "object")}${share}, since ${since}`];
}

function rateText(rate: number): string {
  if (rate < 0.05) return "under 0.1/s";
  return `${number(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)}/s`;
}

function toField({ client_id: client, last_asked: asked, claimed_per_minute: claimed, held }: ConsumerFigures): Field {
  const parts = [
    ...(held === undefined ? [] : [`holds ${counted(held, "message")}`]),
    ...(claimed === null ? [] : [`claims ${number(Math.round(claimed * 10) / 10)} a minute`]),
    ...(asked === null ? [] : [`asked ${duration((Date.now() - Date.parse(asked)) / 1000)} ago`]),
  ];
  return ["consumer", client, `${client ?? "?"}  ${parts.join(", ")}`];
}
