/**
 * The configuration: the environment, decoded once into a frozen record. An invalid value prevents the start, with an error that
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
import { readSettings, type Environment, type SettingValues } from "./setting.ts";
import { SIGNED_URL_SETTINGS, toSignedUrlKeys } from "./signed-urls.ts";
import { SPREADING_SETTINGS } from "./spreading.ts";
import { toTraces, TRACE_SETTINGS, type TraceConfig } from "./traces.ts";
import { WEBSOCKET_SETTINGS } from "./websocket.ts";

/** The values of all settings. Those that are combined or converted have fields of their own here. */
export interface Config
  extends
    SettingValues<typeof ACCESS_SETTINGS>,
    SettingValues<typeof API_SETTINGS>,
    SettingValues<typeof NOTIFICATION_SETTINGS>,
    SettingValues<typeof POOLING_SETTINGS>,
    SettingValues<typeof PROCESS_SETTINGS>,
    SettingValues<typeof SPREADING_SETTINGS>,
    SettingValues<typeof WEBSOCKET_SETTINGS>,
    Pick<SettingValues<typeof SIGNED_URL_SETTINGS>, "signedUrlTtlMax"> {
  readonly limits: Limits;
  /** The default quotas of a project. */
  readonly quotas: Quotas;
  /** null: tokens of Keystone are not accepted. */
  readonly keystone: KeystoneConfig | null;
  readonly signedUrlKeys: readonly string[];
  readonly keyCheckSecrets: readonly string[];
  readonly smtpEhloName: string;
  /** null: no spans are made. */
  readonly traces: TraceConfig | null;
}

/** Throws an Error that names the first invalid variable. It never contains the value of a secret. */
export function readConfig(environment: Environment): Config {
  const access = readSettings(ACCESS_SETTINGS, environment);
  const keystone = readSettings(KEYSTONE_SETTINGS, environment);
  const signedUrls = readSettings(SIGNED_URL_SETTINGS, environment);
  const limits = readSettings(LIMIT_SETTINGS, environment);
  const api = readSettings(API_SETTINGS, environment);
  const notifications = readSettings(NOTIFICATION_SETTINGS, environment);
  const quotas = toQuotas(readSettings(QUOTA_SETTINGS, environment));
  assertOrder(limits);
  const signedUrlKeys = toSignedUrlKeys(signedUrls, access.authStrategy);
  const keyCheckSecrets = toKeyCheckSecrets(access, signedUrlKeys);
  assertCanConfirm(notifications, signedUrlKeys);
  return Object.freeze({
    ...access,
    ...api,
    ...notifications,
    ...readSettings(POOLING_SETTINGS, environment),
    ...readSettings(SPREADING_SETTINGS, environment),
    ...readSettings(PROCESS_SETTINGS, environment),
    ...readSettings(WEBSOCKET_SETTINGS, environment),
    limits: Object.freeze(limits),
    quotas: Object.freeze(quotas),
    keystone: access.authStrategy.includes("keystone") ? toKeystone(keystone) : null,
    signedUrlKeys,
    signedUrlTtlMax: signedUrls.signedUrlTtlMax,
    keyCheckSecrets,
    smtpEhloName: toEhloName(notifications),
    traces: toTraces(readSettings(TRACE_SETTINGS, environment)),
  });
}
