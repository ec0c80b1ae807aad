/** Zaqar's options, and the settings that correspond to them. */

export type Rule =
  /** The value of the setting, or a text that says why there is none. */
  | { readonly variable: string; readonly convert?: (value: string) => string | Unconverted }
  /** A setting whose value is a secret. `advice`: what is to be known of it. */
  | { readonly secret: string; readonly advice: string }
  /** There is no setting for it. */
  | { readonly reason: string };

export interface Unconverted {
  readonly reason: string;
}

const direct = (...names: readonly string[]): Readonly<Record<string, Rule>> =>
  Object.fromEntries(names.map((name) => [name, { variable: name.toUpperCase() }]));

const renamed = (names: Readonly<Record<string, string>>): Readonly<Record<string, Rule>> =>
  Object.fromEntries(Object.entries(names).map(([old, name]) => [old, { variable: name.toUpperCase() }]));

const none = (reason: string, ...names: readonly string[]): Readonly<Record<string, Rule>> =>
  Object.fromEntries(names.map((name) => [name, { reason }]));

const flag = (variable: string): Rule => ({ variable, convert: toFlag });

function toFlag(value: string): string | Unconverted {
  if (/^(?:true|1|yes|on)$/i.test(value)) return "true";
  return /^(?:false|0|no|off)$/i.test(value) ? "false" : { reason: "it is neither true nor false" };
}

const toStrategy = (value: string): string | Unconverted => {
  if (value === "keystone") return "keystone";
  return value === "" || value === "noauth" ? "none" : { reason: "AUTH_STRATEGY has keystone, keys and none" };
};

const toUserDomain = (value: string): string | Unconverted =>
  value === "default" ? "Default" : { reason: "KEYSTONE_USER_DOMAIN is the name of the domain: look it up" };

const TEXTS = "the texts of these mails are the service's own";
const CATALOG = "the service does not look itself up in the catalog";
const STORED = "the service stores by itself, in DATA_DIR or in the cloud";

/** By section and name. Names that Zaqar has deprecated are among them. */
export const OPTIONS: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  DEFAULT: {
    auth_strategy: { variable: "AUTH_STRATEGY", convert: toStrategy },
    admin_mode: flag("ADMIN_MODE"),
    pooling: flag("POOLING"),
    enable_checksum: flag("ENABLE_CHECKSUM"),
    unreliable: { reason: "messages are always stored durably before a post is answered" },
    enable_deprecated_api_versions: { reason: "there is version 2 of the API only" },
  },
  transport: {
    ...direct(
      "default_message_ttl",
      "default_message_delay",
      "default_claim_ttl",
      "default_claim_grace",
      "default_subscription_ttl",
      "max_queues_per_page",
      "max_messages_per_page",
      "max_subscriptions_per_page",
      "max_messages_per_claim_or_pop",
      "max_queue_metadata",
      "max_messages_post_size",
      "max_message_ttl",
      "max_message_delay",
      "max_claim_ttl",
      "max_claim_grace",
      "subscriber_types",
      "max_flavors_per_page",
      "max_pools_per_page",
      "client_id_uuid_safe",
      "min_length_client_id",
      "max_length_client_id",
    ),
    ...renamed({
      queue_paging_uplimit: "max_queues_per_page",
      message_paging_uplimit: "max_messages_per_page",
      subscription_paging_uplimit: "max_subscriptions_per_page",
      max_messages_per_claim: "max_messages_per_claim_or_pop",
      metadata_size_uplimit: "max_queue_metadata",
      message_size_uplimit: "max_messages_post_size",
      message_ttl_max: "max_message_ttl",
      claim_ttl_max: "max_claim_ttl",
      claim_grace_max: "max_claim_grace",
    }),
    message_delete_with_claim_id: flag("MESSAGE_DELETE_WITH_CLAIM_ID"),
    message_encryption_algorithms: { reason: "it is always AES-256-GCM" },
    message_encryption_key: {
      reason:
        "set a new MESSAGE_ENCRYPTION_KEY: bodies are decrypted when they are moved, and encrypted in another way",
    },
  },
  signed_url: {
    secret_key: {
      secret: "SIGNED_URL_SECRET_KEY",
      advice: "the same one keeps URLs valid that were signed before, if it has at least 32 bytes",
    },
  },
  keystone_authtoken: {
    auth_url: { variable: "KEYSTONE_URL" },
    username: { variable: "KEYSTONE_USERNAME" },
    user: { variable: "KEYSTONE_USERNAME" },
    password: { secret: "KEYSTONE_PASSWORD", advice: "the password of KEYSTONE_USERNAME" },
    project_name: { variable: "KEYSTONE_PROJECT" },
    user_domain_name: { variable: "KEYSTONE_USER_DOMAIN" },
    user_domain_id: { variable: "KEYSTONE_USER_DOMAIN", convert: toUserDomain },
    application_credential_id: { variable: "KEYSTONE_APPLICATION_CREDENTIAL_ID" },
    application_credential_secret: {
      secret: "KEYSTONE_APPLICATION_CREDENTIAL_SECRET",
      advice: "the secret of KEYSTONE_APPLICATION_CREDENTIAL_ID",
    },
    ...none("the project has to be in the domain of the user", "project_domain_name", "project_domain_id"),
    ...none("answers of 401 name KEYSTONE_URL", "www_authenticate_uri", "auth_uri"),
    ...none("a user with a password, or an application credential, are known by their settings", "auth_type"),
    ...none(CATALOG, "region_name", "interface", "service_type"),
    ...none("set SSL_CERT_FILE to a file with the certificates of the authorities", "cafile"),
    ...none("certificates are always checked", "insecure"),
    ...none("the service has no client certificate", "certfile", "keyfile"),
  },
  notification: {
    require_confirmation: flag("REQUIRE_CONFIRMATION"),
    external_confirmation_url: { variable: "EXTERNAL_CONFIRMATION_URL" },
    ...none("it is a part of SMTP_URL", "smtp_host", "smtp_port", "smtp_user_name", "smtp_user_password"),
    ...none("mail is sent to a server (SMTP_URL), not by a program", "smtp_mode", "smtp_command"),
    ...none(TEXTS, "subscription_confirmation_email_template", "unsubscribe_confirmation_email_template"),
    ...none("MAX_DELIVERY_CONCURRENCY bounds each subscription", "max_notifier_workers"),
  },
  trustee: none(
    "KEYSTONE_USERNAME is the trustee too, and new trusts are made for it",
    "username",
    "password",
    "auth_url",
  ),
  oslo_policy: {
    ...none("set POLICY_RULES for the rules of these files", "policy_dirs"),
    ...none("rules are lists of roles", "policy_default_rule", "enforce_scope", "enforce_new_defaults"),
  },
  cors: {
    allowed_origin: { variable: "CORS_ALLOWED_ORIGINS" },
    allow_headers: { variable: "CORS_ALLOW_HEADERS" },
    expose_headers: { variable: "CORS_EXPOSE_HEADERS" },
    ...none("it is that of the API", "allow_methods", "max_age", "allow_credentials"),
  },
  drivers: {
    transport: { reason: "HTTP and WebSocket are served together" },
    ...none(STORED, "message_store", "management_store"),
  },
  "drivers:transport:wsgi": { bind: { variable: "HOST" }, port: { variable: "PORT" } },
  "pooling:catalog": { enable_virtual_pool: flag("ENABLE_VIRTUAL_POOL") },
};

/** Why sections as a whole have no settings, by how they begin. */
export const SECTIONS: readonly (readonly [beginning: string, reason: string])[] = [
  ["drivers:transport:websocket", "WebSocket has the address of HTTP, at /v2/websocket"],
  ["drivers:", STORED],
  ["storage", "queues, messages and notifications have no stages that could be changed"],
  ["cache", "tokens are kept in memory for a short time"],
  ["keystone_authtoken", "tokens are kept in memory, and roles of services are not asked for"],
  ["trustee", "KEYSTONE_USERNAME is the trustee too, and new trusts are made for it"],
  ["profiler", "OTEL_EXPORTER_OTLP_ENDPOINT sends traces to a collector"],
  ["oslo_messaging", "notifications go to subscribers, not to a message bus"],
  ["audit_middleware", "the log has the requests, with ACCESS_LOG=true"],
  ["oslo_policy", "rules are lists of roles, in POLICY_RULES"],
  ["oslo_", "it belongs to a library of Python"],
];

/** Options of oslo.log, which are in the section DEFAULT. */
export const LOG_OPTION =
  /^(?:debug|verbose|log_|logging_|use_|syslog_|watch_log|max_logfile|rate_limit_|default_log|publish_errors|instance_|fatal_)/;
