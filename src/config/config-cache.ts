/**
 * The configuration of a Worker's bindings, decoded once for all requests and objects with the same settings. An isolate can
 * outlive a change of bindings, and data derived from the old ones would still accept a revoked key. So requests and objects get
 * their Config here, and all data derived from a Config is cached by it (`oncePerConfig`).
 */
import { readConfig, type Config } from "./config.ts";
import { VARIABLES } from "./settings.ts";

/** By identity: as long as the settings stay, workerd passes the same object to all requests and objects (measured). */
const known = new WeakMap<object, Config>();
/** Another bindings object with the same settings gets the same Config, and so the data derived from it stays valid. */
let latest: { readonly texts: string; readonly config: Config } | null = null;

/** Returns the same object for the same settings. Throws as `readConfig` does. */
export function configOf(bindings: object): Config {
  const config = known.get(bindings);
  if (config !== undefined) return config;
  const environment: Readonly<Record<string, unknown>> = { ...bindings };
  const texts = JSON.stringify(VARIABLES.map(({ name }) => environment[name] ?? null));
  if (latest?.texts !== texts) latest = { texts, config: readConfig(environment) };
  known.set(bindings, latest.config);
  return latest.config;
}

/** A function that derives data from a Config, once for each. */
export function oncePerConfig<T extends object>(derive: (config: Config) => T): (config: Config) => T {
  const derived = new WeakMap<Config, T>();
  return (config) => {
    let data = derived.get(config);
    if (data === undefined) derived.set(config, (data = derive(config)));
    return data;
  };
}
