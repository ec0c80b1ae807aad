/** Quotas over HTTP. Ours. */
import { parseQueueName, toProjectId, type ProjectId, type QueueName } from "../../domain/id.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { perform } from "../../operations/operation.ts";
import { getQuotas, resetQuotas, setQuotas } from "../../operations/quotas.ts";
import { textParameter } from "../../wire/query.ts";
import { decodeQuotas, encodeQuotas } from "../../wire/quotas.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, serviceRoute, type Site, type Visit } from "../route.ts";

export function addQuotas(site: Site): void {
  serviceRoute(site, "/v2/quotas", {
    GET: on(getQuotas, async (visit) => {
      const report = await perform(visit.context, getQuotas, { project: null, queue: queueIn(visit) });
      return json(200, encodeQuotas(report));
    }),
  });

  serviceRoute(site, "/v2/quotas/:project", {
    GET: on(getQuotas, async (visit) => {
      const report = await perform(visit.context, getQuotas, { project: projectIn(visit), queue: null });
      return json(200, encodeQuotas(report));
    }),
    PUT: on(setQuotas, async (visit) => {
      const overrides = unwrap(decodeQuotas(await readSmallBody(visit)));
      await perform(visit.context, setQuotas, { project: projectIn(visit), overrides });
      return noContent();
    }),
    DELETE: on(resetQuotas, async (visit) => {
      await perform(visit.context, resetQuotas, { project: projectIn(visit) });
      return noContent();
    }),
  });
}

function queueIn({ query }: Visit): QueueName | null {
  const text = textParameter(query, "queue");
  if (text === null) return null;
  return parseQueueName(text) ?? refuseName();
}

/** An empty one would be "my own", which is the other route. */
function projectIn({ variable }: Visit): ProjectId {
  const text = variable("project");
  return text === "" ? refuseName() : toProjectId(text);
}

function refuseName(): never {
  throw new Refusal({ kind: "queue-name-invalid" });
}
