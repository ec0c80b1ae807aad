/**
 * The configuration: the environment decoded once into a frozen record. A wrong value stops the start with a sentence that
 * names the variable.
 */
import type { Limits } from "../domain/limits.ts";
import type { Quotas } from "../domain/quota.ts";
import { ACCESS_SETTINGS, toKeyCheckSecrets } from "./access.ts";
import { API_SETTINGS } from "./api.ts";
import { KEYSTONE_SETTINGS, toKeystone, type KeystoneConfig } from "./keystone.ts";
import { assertOrder, LIMIT_SETTINGS } from "./limits.ts";
import { assertCanConfirm, NOTIFICATION_SETTINGS, toEhloName } from "./notifications.ts";
import { POOLING_SETTINGS } from "./pooling.ts";
import { PROCESS_SETTINGS } from "./process.ts";
import { QUOTA_SETTINGS, toQuotas } from "./quotas.ts";
import { readSettings, type Environment, type ValuesOf } from "./setting.ts";
import { SIGNED_URL_SETTINGS, toSignedUrlKeys } from "./signed-urls.ts";
import { WEBSOCKET_SETTINGS } from "./websocket.ts";

/** The values of the settings as they are, but for the groups that have fields of their own here. */
export interface Config
  extends
    ValuesOf<typeof ACCESS_SETTINGS>,
    ValuesOf<typeof API_SETTINGS>,
    ValuesOf<typeof NOTIFICATION_SETTINGS>,
    ValuesOf<typeof POOLING_SETTINGS>,
    ValuesOf<typeof PROCESS_SETTINGS>,
    ValuesOf<typeof WEBSOCKET_SETTINGS>,
    Pick<ValuesOf<typeof SIGNED_URL_SETTINGS>, "signedUrlTtlMax"> {
  readonly limits: Limits;
  /** Of a project that has none of its own. */
  readonly quotas: Quotas;
  /** null: tokens of Keystone are not accepted. */
  readonly keystone: KeystoneConfig | null;
  readonly signedUrlKeys: readonly string[];
  readonly keyCheckSecrets: readonly string[];
  readonly smtpEhloName: string;
}

/** Throws an Error whose message names the first variable that is wrong; never the value of a secret. */
export function readConfig(environment: Environment): Config {
  const access = readSettings(ACCESS_SETTINGS, environment);
  const keystone = readSettings(KEYSTONE_SETTINGS, environment);
  const signedUrls = readSettings(SIGNED_URL_SETTINGS, environment);
  const limits = readSettings(LIMIT_SETTINGS, environment);
  const api = readSettings(API_SETTINGS, environment);
  const notifications = readSettings(NOTIFICATION_SETTINGS, environment);
  const quotas = toQuotas(readSettings(QUOTA_SETTINGS, environment));
  const pooling = readSettings(POOLING_SETTINGS, environment);
  const process = readSettings(PROCESS_SETTINGS, environment);
  const websocket = readSettings(WEBSOCKET_SETTINGS, environment);
  assertOrder(limits);
  const signedUrlKeys = toSignedUrlKeys(signedUrls, access.authStrategy);
  const keyCheckSecrets = toKeyCheckSecrets(access, signedUrlKeys);
  assertCanConfirm(notifications, signedUrlKeys);
  return Object.freeze({
    ...access,
    ...api,
    ...notifications,
    ...pooling,
    ...process,
    ...websocket,
    limits: Object.freeze(limits),
    quotas: Object.freeze(quotas),
    keystone: access.authStrategy.includes("keystone") ? toKeystone(keystone) : null,
    signedUrlKeys,
    signedUrlTtlMax: signedUrls.signedUrlTtlMax,
    keyCheckSecrets,
    smtpEhloName: toEhloName(notifications),
  });
}
