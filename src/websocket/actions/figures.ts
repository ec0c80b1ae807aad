/** Figures over WebSocket. Ours: they exist only with `METER=on`. */
import { toText, type Members } from "../../domain/json.ts";
import type { Place } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
import { placeNamed } from "../../operations/names.ts";
import { getOverview, getQueueFigures } from "../../operations/overview.ts";
import { getSeries } from "../../operations/series.ts";
import { decodeOverview, encodeOverview, encodePlaceFigures } from "../../wire/overview.ts";
import { BELOW_PLACE, PATHS } from "../../wire/paths.ts";
import { textParameter, type Query } from "../../wire/query.ts";
import { decodeSeries, encodeSeries } from "../../wire/series.ts";
import { reply } from "../reply.ts";
import { onProject, onQueue, PAGE, type Action, type ActionRequest, type Fields } from "./action.ts";

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const OVERVIEW: Fields = { ...PAGE, kind: TEXT, name: TEXT, sort: TEXT, fresh: FLAG, consumers: FLAG, trend: FLAG };
const SERIES: Fields = { queue_name: TEXT, topic_name: TEXT, from: TEXT, until: TEXT, step: { type: "integer" } };

export const FIGURE_ACTIONS = {
  overview_get: onProject(getOverview, "GET", PATHS.overview, {
    fields: OVERVIEW,
    decode: ({ body }) => unwrap(decodeOverview(toQuery(body))),
    encode: (overview) => reply(200, encodeOverview(overview, true)),
  }),
  queue_get_figures: onQueue(getQueueFigures, "GET", () => BELOW_PLACE.figures, {
    decode: () => undefined,
    encode: (figures) => reply(200, encodePlaceFigures(figures, true)),
  }),
  series_get: onProject(getSeries, "GET", PATHS.series, {
    fields: SERIES,
    decode: (request) => ({ place: placeIn(request), ...unwrap(decodeSeries(toQuery(request.body))) }),
    encode: (series, request) => reply(200, encodeSeries(series, placeIn(request))),
  }),
} satisfies Readonly<Record<string, Action>>;

function placeIn({ body, principal }: ActionRequest): Place | null {
  const query = toQuery(body);
  return placeNamed(
    { queue: textParameter(query, "queue_name"), topic: textParameter(query, "topic_name") },
    principal,
  );
}

/** The members as parameters over HTTP, which are texts. */
function toQuery(body: Members): Query {
  return new Map([...body].map(([name, value]) => [name, [toText(value) ?? value]]));
}
