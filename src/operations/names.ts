/** Checks of the names in a request, for all transports: the name of the queue or topic, and the Client-ID. */
import type { Principal } from "../auth/policy.ts";
import type { Config } from "../config/config.ts";
import { invalidName } from "../domain/failure.ts";
import { isProjectTooLong, parseFreeClientId, parseQueueName, parseUuidClientId, type ClientId } from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import { err, ok, type Result } from "../domain/result.ts";

/** The queue or topic of that name in the principal's project. Refuses an invalid name, and a project id that is too long. */
export function checkPlace<K extends PlaceKind>(kind: K, text: string, principal: Principal): Place<K> {
  const name = parseQueueName(text);
  if (name === null) throw new Refusal(invalidName(kind, { defect: "form", got: text }));
  const project = principal.project ?? "";
  if (isProjectTooLong(project)) throw new Refusal(invalidName(kind, { defect: "project-length", got: project }));
  return { kind, name };
}

/** The queue or topic that a request names; null: it names none. */
export function placeNamed(names: Readonly<Record<PlaceKind, string | null>>, principal: Principal): Place | null {
  const { queue, topic } = names;
  if (queue !== null && topic !== null) {
    throw new Refusal({ kind: "request-invalid", reason: "The request may name a queue or a topic, but not both." });
  }
  if (queue !== null) return checkPlace("queue", queue, principal);
  return topic === null ? null : checkPlace("topic", topic, principal);
}

/** Parses a Client-ID; `text` null: the request has none. */
export function readClientId(
  text: string | null,
  { clientIdUuidSafe, limits }: Config,
): Result<ClientId, "client-id-missing" | "client-id-invalid"> {
  if (text === null) return err({ kind: "client-id-missing" });
  const bounds = { min: limits.minLengthClientId, max: limits.maxLengthClientId };
  const isStrict = clientIdUuidSafe === "strict";
  const client = isStrict ? parseUuidClientId(text) : parseFreeClientId(text, bounds);
  if (client !== null) return ok(client);
  return err({ kind: "client-id-invalid", got: text, ...(isStrict ? {} : { length: bounds }) });
}
