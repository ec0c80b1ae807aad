/**
 * The settings of the bindings at hand, decoded once for all that see the same. An isolate can outlive a change of
 * bindings: what was derived from the old ones would go on believing a key that has been revoked. So nothing is derived
 * from bindings but by way of here, and what is derived from a Config is kept by that Config.
 */
import { readConfig, type Config } from "./config.ts";
import { SETTINGS } from "./settings.ts";

/** By identity: for as long as nothing changes workerd hands out one object, to requests and objects alike (measured). */
const known = new WeakMap<object, Config>();
/** Should the identity of what has not changed ever change, its Config and what hangs on it are kept all the same. */
let latest: { readonly texts: string; readonly config: Config } | null = null;

/** Throws as `readConfig` does. The same object for the same settings. */
export function configOf(bindings: object): Config {
  const config = known.get(bindings);
  if (config !== undefined) return config;
  const environment: Readonly<Record<string, unknown>> = { ...bindings };
  const texts = JSON.stringify(SETTINGS.map(({ name }) => environment[name] ?? null));
  if (latest?.texts !== texts) latest = { texts, config: readConfig(environment) };
  known.set(bindings, latest.config);
  return latest.config;
}
