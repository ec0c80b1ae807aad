/** The environment of the vitest project `access`, and of services with credentials. */

/** Not for deployment: every way to authenticate is allowed, with known secrets. */
export const ACCESS_SETTINGS = {
  AUTH_STRATEGY: "keystone,keys",
  KEYSTONE_URL: "http://keystone.test/identity",
  KEYSTONE_USERNAME: "sukkal",
  KEYSTONE_PASSWORD: "a password of the service",
  KEYSTONE_PROJECT: "service",
  ADMIN_API_KEY: `sk_admin_${"0123456789abcdef".repeat(2)}`,
  METRICS_API_KEY: `sk_metrics_${"0123456789abcdef".repeat(2)}`,
  SIGNED_URL_SECRET_KEY: "a signing key of thirty-two bytes",
  ADMIN_MODE: "true",
} as const;

/** The routes and actions of pools exist, and queues are created although no pool is free for them. */
export const ACCESS_POOLING = { POOLING: "true", ENABLE_VIRTUAL_POOL: "true" } as const;

/** The same for the vitest project `access`, whose objects have them too. */
export const ACCESS_SETTINGS_OF_OBJECTS = {
  ...ACCESS_SETTINGS,
  SIGNED_URL_PREVIOUS_SECRET_KEY: "the signing key that was used before",
  WEBSOCKET_CONNECTIONS_PER_PROJECT: "3",
  ...ACCESS_POOLING,
} as const;
