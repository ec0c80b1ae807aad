/** A service with everything that operators manage: API keys, pools, flavors, quotas, the health report. */

export const ADMIN_KEY = `sk_admin_${"0123456789abcdef".repeat(4)}`;

export const ADMINISTERED = {
  AUTH_STRATEGY: "keys",
  ADMIN_API_KEY: ADMIN_KEY,
  ADMIN_MODE: "true",
  POOLING: "true",
  ENABLE_VIRTUAL_POOL: "true",
  SIGNED_URL_SECRET_KEY: "a secret for signed URLs of tests",
};
