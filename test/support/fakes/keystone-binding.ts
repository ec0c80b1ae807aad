/** Replaces the network by a fake Keystone, for the objects of the vitest project `access`. */
import { env } from "cloudflare:workers";
import { KeystoneStandIn } from "./keystone.ts";

export function bindKeystone(): KeystoneStandIn {
  const keystone = new KeystoneStandIn();
  // All of the Worker's objects share these bindings.
  (env as unknown as Record<string, unknown>)["KEYSTONE"] = keystone.binding;
  return keystone;
}
