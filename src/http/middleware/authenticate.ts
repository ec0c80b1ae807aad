/**
 * Authentication of HTTP requests. It precedes routing, so that a client without a credential does not learn which paths exist.
 * Sets the variable `principal`: null with `AUTH_STRATEGY=none`, where the header checks read the identity headers.
 */
import type { MiddlewareHandler } from "hono";
import type { AuthenticatorDeps, Authenticator } from "../../auth/authenticator.ts";
import { keystoneFetch } from "../../auth/keystone.ts";
import type { Principal } from "../../auth/principal.ts";
import { unwrap } from "../../domain/refusal.ts";
import { checkCredential, credentialLookups } from "../../operations/credentials.ts";
import type { WakeGate } from "../../operations/admission.ts";
import type { AppEnv, RouteContext } from "../request.ts";
import { clock } from "../clock.ts";

/** `isOpen`: paths that need no credential. */
export function authenticate(
  authenticator: Authenticator,
  gate: WakeGate,
  isOpen: (path: string) => boolean,
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const path = rawPath(c.req.raw.url);
    const principal = isOpen(path) ? null : await principalOf(c, path, authenticator, gate);
    c.set("principal", principal);
    c.get("event").project = principal?.project ?? null;
    await next();
  };
}

async function principalOf(
  c: RouteContext,
  path: string,
  authenticator: Authenticator,
  gate: WakeGate,
): Promise<Principal | null> {
  const { method, headers } = c.req.raw;
  const check = () => authenticator.authenticate({ method, path, headers }, depsOf(c, gate));
  return unwrap(await checkCredential(c.get("event"), check));
}

function depsOf(c: RouteContext, gate: WakeGate): AuthenticatorDeps {
  const { env } = c;
  const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
  const lookups = credentialLookups({ bindings: env, gate });
  return { now: clock, waitUntil, fetch: keystoneFetch(env.KEYSTONE), ...lookups };
}

/** The path as sent, not decoded. */
function rawPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(start).search(/[?#]/);
  return start < 0 ? "/" : url.slice(start, end < 0 ? undefined : start + end);
}
