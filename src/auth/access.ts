/**
 * What decides who a caller is, with all that it remembers: one set for all requests and connections of a process that run under
 * the same settings. It hangs on the Config, so that an identity accepted under old settings is not one under new ones.
 */
import type { Config } from "../config/config.ts";
import { Authenticator } from "./authenticator.ts";
import { Keystone } from "./keystone.ts";
import { UrlSigner } from "./signed-url.ts";
import { toTrusts, type Trusts } from "./trusts.ts";

export interface Access {
  readonly authenticator: Authenticator;
  readonly signer: UrlSigner;
  /** null: the service makes no trusts. */
  readonly trusts: Trusts | null;
}

const known = new WeakMap<Config, Access>();

export function accessOf(config: Config): Access {
  let access = known.get(config);
  if (access !== undefined) return access;
  const signer = new UrlSigner(config.signedUrlKeys);
  const keystone = config.keystone === null ? null : new Keystone(config.keystone);
  const authenticator = new Authenticator(config, signer, keystone);
  access = { authenticator, signer, trusts: toTrusts(config.keystone, keystone) };
  known.set(config, access);
  return access;
}
