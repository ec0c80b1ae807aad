/**
 * All settings, by the fields of the configuration, in the order of the table in docs/CONFIGURATION.md. The environment variable
 * of a setting is its field in capitals. A new setting is an entry in one of the groups; `test/settings.test.ts` then fails with
 * the other places where it has to be written.
 */
import { ACCESS_SETTINGS } from "./access.ts";
import { API_SETTINGS } from "./api.ts";
import { KEYSTONE_SETTINGS } from "./keystone.ts";
import { LIMIT_SETTINGS } from "./limits.ts";
import { NOTIFICATION_SETTINGS } from "./notifications.ts";
import { POOLING_SETTINGS } from "./pooling.ts";
import { PROCESS_SETTINGS } from "./process.ts";
import { QUOTA_SETTINGS } from "./quotas.ts";
import { variableOf, type Setting, type SettingGroup } from "./setting.ts";
import { SIGNED_URL_SETTINGS } from "./signed-urls.ts";
import { SPREADING_SETTINGS } from "./spreading.ts";
import { TRACE_SETTINGS } from "./traces.ts";
import { WEBSOCKET_SETTINGS } from "./websocket.ts";

export const SETTINGS = {
  ...ACCESS_SETTINGS,
  ...KEYSTONE_SETTINGS,
  ...SIGNED_URL_SETTINGS,
  ...LIMIT_SETTINGS,
  ...API_SETTINGS,
  ...NOTIFICATION_SETTINGS,
  ...QUOTA_SETTINGS,
  ...POOLING_SETTINGS,
  ...SPREADING_SETTINGS,
  ...PROCESS_SETTINGS,
  ...TRACE_SETTINGS,
  ...WEBSOCKET_SETTINGS,
} satisfies SettingGroup;

/** All settings with the names of their environment variables. */
export const VARIABLES: readonly Variable[] = Object.entries<Setting<unknown>>(SETTINGS).map(([field, setting]) => ({
  name: variableOf(field),
  ...setting,
}));

export interface Variable extends Setting<unknown> {
  readonly name: string;
}
