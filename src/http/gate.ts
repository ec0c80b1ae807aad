/**
 * The header checks that every request passes before its endpoint, in upstream's order. The first
 * failure is reported. They read only headers, and run once the route is known.
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
  const client = unwrap(readClientId(headers.get("Client-ID"), config));
  const principal = proven ?? unwrap(readProjectHeader(headers));
  if (proven !== null || inside === null) return { client, principal };
  // A proxy in front of the service makes the headers trustworthy, but this request did not pass it: a tenant wrote its headers.
  if (principal.project !== inside) throw new Refusal({ kind: "not-authorized" });
  return { client, principal: { ...principal, user: null, roles: [] } };
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
