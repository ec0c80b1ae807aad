/**
 * The configuration of the bindings at hand, decoded once for all requests and objects with the same settings. An isolate can
 * outlive a change of bindings, and what was derived from the old ones would accept a key that has been revoked. So everything
 * is derived from a Config of this function, and kept by that Config (a WeakMap).
 */
import { readConfig, type Config } from "./config.ts";
import { VARIABLES } from "./settings.ts";

/** By identity: while nothing changes, workerd passes the same object to all requests and objects (measured). */
const known = new WeakMap<object, Config>();
/** Another object with the same settings gets the same Config, and so keeps what was derived from it. */
let latest: { readonly texts: string; readonly config: Config } | null = null;

/** Throws as `readConfig` does. The same object for the same settings. */
export function configOf(bindings: object): Config {
  const config = known.get(bindings);
  if (config !== undefined) return config;
  const environment: Readonly<Record<string, unknown>> = { ...bindings };
  const texts = JSON.stringify(VARIABLES.map(({ name }) => environment[name] ?? null));
  if (latest?.texts !== texts) latest = { texts, config: readConfig(environment) };
  known.set(bindings, latest.config);
  return latest.config;
}
