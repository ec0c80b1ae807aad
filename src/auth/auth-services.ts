/**
 * The objects that authenticate callers, with their caches: one set per Config, for all requests, connections and deliveries of a
 * process with the same settings. So an identity that was accepted under old settings is not accepted under new ones.
 */
import { oncePerConfig } from "../config/config-cache.ts";
import { Authenticator } from "./authenticator.ts";
import { Keystone } from "./keystone.ts";
import { UrlSigner } from "./signed-url.ts";
import { toTrusts, type Trusts } from "./trusts.ts";

export interface AuthServices {
  readonly authenticator: Authenticator;
  readonly signer: UrlSigner;
  /** null: the service makes no trusts. */
  readonly trusts: Trusts | null;
}

export const authServicesOf = oncePerConfig((config): AuthServices => {
  const signer = new UrlSigner(config.signedUrlKeys);
  const keystone = config.keystone === null ? null : new Keystone(config.keystone);
  const authenticator = new Authenticator(config, signer, keystone);
  return { authenticator, signer, trusts: toTrusts(config.keystone, keystone) };
});
