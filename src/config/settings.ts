/**
 * Every setting, by the configuration's field, in the order of the table in docs/CONFIGURATION.md. Its environment variable
 * is the field in capitals: upstream's option, or a name of ours. A new setting is an entry in the group that it belongs to;
 * the test (`test/settings.test.ts`) says where else it has to be written down.
 */
import { ACCESS_SETTINGS } from "./access.ts";
import { API_SETTINGS } from "./api.ts";
import { KEYSTONE_SETTINGS } from "./keystone.ts";
import { LIMIT_SETTINGS } from "./limits.ts";
import { NOTIFICATION_SETTINGS } from "./notifications.ts";
import { POOLING_SETTINGS } from "./pooling.ts";
import { PROCESS_SETTINGS } from "./process.ts";
import { QUOTA_SETTINGS } from "./quotas.ts";
import { variableOf, type Setting, type Settings } from "./setting.ts";
import { SIGNED_URL_SETTINGS } from "./signed-urls.ts";
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
  ...PROCESS_SETTINGS,
  ...WEBSOCKET_SETTINGS,
} satisfies Settings;

/** The same with the names of the environment variables. */
export const VARIABLES: readonly Variable[] = Object.entries<Setting<unknown>>(SETTINGS).map(([field, setting]) => ({
  name: variableOf(field),
  ...setting,
}));

export interface Variable extends Setting<unknown> {
  readonly name: string;
}
