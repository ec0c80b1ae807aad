/**
 * The header checks that every request passes before its endpoint, in upstream's order. The first
 * failure is reported. They read only headers, and run once the route is known.
 */
import type { Principal } from "../auth/principal.ts";
import { readProjectHeader } from "../auth/project-header.ts";
import type { Config } from "../config/config.ts";
import { misnamed } from "../domain/failure.ts";
import {
  isProjectTooLong,
  parseFreeClientId,
  parseQueueName,
  parseUuidClientId,
  type ClientId,
  type ProjectId,
} from "../domain/id.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { admitsJson } from "./accept.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** The checks of every route, `/` included. Returns the announced length of the body, or null. */
export function checkForm(headers: Headers): number | null {
  const length = unwrap(parseContentLength(headers.get("Content-Length")));
  if (length !== null && headers.get("Content-Type")?.toLowerCase() === FORM_TYPE) {
    throw new Refusal({ kind: "form-encoded" });
  }
  if (!admitsJson(headers.get("Accept"))) throw new Refusal({ kind: "not-acceptable" });
  return length;
}

/**
 * The further checks of every route under /v2. `proven`: null in the trusting mode, which uses the headers as sent. `inside`: the
 * project whose subscription makes the request; null for a request from outside.
 */
export function checkCaller(
  headers: Headers,
  config: Config,
  { proven, inside }: { readonly proven: Principal | null; readonly inside: ProjectId | null },
): { readonly client: ClientId; readonly principal: Principal } {
  const client = unwrap(readClientId(headers, config));
  const principal = proven ?? unwrap(readProjectHeader(headers));
  if (proven !== null || inside === null) return { client, principal };
  // A proxy in front of the service makes the headers trustworthy, but this request did not pass it: a tenant wrote its headers.
  if (principal.project !== inside) throw new Refusal({ kind: "not-authorized" });
  return { client, principal: { ...principal, user: null, roles: [] } };
}

/** The further checks of routes with the name of a queue or topic. */
export function checkPlace<K extends PlaceKind>(
  kind: K,
  text: string,
  principal: Principal,
): Place & { readonly kind: K } {
  const name = parseQueueName(text);
  if (name === null) throw new Refusal(misnamed(kind, { defect: "form", got: text }));
  const project = principal.project ?? "";
  if (isProjectTooLong(project)) throw new Refusal(misnamed(kind, { defect: "project-length", got: project }));
  return { kind, name };
}

/**
 * The announced length; null for an absent or empty header. Sizes are judged by it before anything is read. HTTP servers let only
 * digits pass, so Python's other spellings of a number are not accepted.
 */
function parseContentLength(header: string | null): Result<number | null, "header-invalid"> {
  if (header === null || header === "") return ok(null);
  if (/^\d+$/.test(header)) return ok(Number(header));
  return err({ kind: "header-invalid", header: "Content-Length", rule: "a positive number", got: header });
}

function readClientId(
  headers: Headers,
  { clientIdUuidSafe, limits }: Config,
): Result<ClientId, "client-id-missing" | "client-id-invalid"> {
  const text = headers.get("Client-ID");
  if (text === null) return err({ kind: "client-id-missing" });
  const bounds = { min: limits.minLengthClientId, max: limits.maxLengthClientId };
  const isStrict = clientIdUuidSafe === "strict";
  const client = isStrict ? parseUuidClientId(text) : parseFreeClientId(text, bounds);
  if (client !== null) return ok(client);
  return err({ kind: "client-id-invalid", got: text, ...(isStrict ? {} : { length: bounds }) });
}
