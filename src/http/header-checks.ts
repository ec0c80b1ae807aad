/**
 * The checks of headers that precede every endpoint, in upstream's order. The first failure is reported. They run after the route
 * is known.
 */
import type { Principal } from "../auth/principal.ts";
import { readProjectHeader } from "../auth/project-header.ts";
import type { Config } from "../config/config.ts";
import type { ClientId, ProjectId } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { readClientId } from "../operations/names.ts";
import { admitsJson } from "./accept.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** The checks of every route, `/` included. Returns the announced length of the body, or null. */
export function checkHeaders(headers: Headers): number | null {
  const length = unwrap(parseContentLength(headers.get("Content-Length")));
  if (length !== null && headers.get("Content-Type")?.toLowerCase() === FORM_TYPE) {
    throw new Refusal({ kind: "form-encoded" });
  }
  if (!admitsJson(headers.get("Accept"))) throw new Refusal({ kind: "not-acceptable" });
  return length;
}

/**
 * The further checks of every route under /v2. `proven`: the authenticated principal; null with `AUTH_STRATEGY=none`, where the
 * headers are trusted. `inside`: the project whose subscription makes the request; null: the request comes from outside.
 */
export function checkCaller(
  headers: Headers,
  config: Config,
  { proven, inside }: { readonly proven: Principal | null; readonly inside: ProjectId | null },
): { readonly client: ClientId; readonly principal: Principal } {
  const client = unwrap(readClientId(headers.get("Client-ID"), config));
  const principal = proven ?? unwrap(readProjectHeader(headers));
  if (proven !== null || inside === null) return { client, principal };
  // A proxy in front of the service may make its headers trustworthy. This request has not passed it: its project wrote the
  // headers.
  if (principal.project !== inside) throw new Refusal({ kind: "not-authorized" });
  return { client, principal: { ...principal, user: null, roles: [] } };
}

/**
 * The Content-Length; null: the header is absent or empty. HTTP servers accept only digits, so Python's other spellings of a
 * number are not accepted.
 */
function parseContentLength(header: string | null): Result<number | null, "header-invalid"> {
  if (header === null || header === "") return ok(null);
  if (/^\d+$/.test(header)) return ok(Number(header));
  return err({ kind: "header-invalid", header: "Content-Length", rule: "a positive number", got: header });
}
