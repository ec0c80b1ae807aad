# The configuration of workerd for self-hosting. It runs the same bundle as a deployment on Cloudflare. `npm start` builds
# dist/index.js and runs workerd with the given host, port and folder. Without `npm start`:
#
#   npm run build
#   AUTH_STRATEGY=none npx workerd serve config.capnp --socket-addr http=127.0.0.1:8787 --directory-path disk=data
#
# Never run two processes on one folder: both would run every queue, and lease the same messages twice.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "sukkal", worker = .sukkal),
    # The databases of the objects, one folder per class. The folder must exist.
    (name = "disk", disk = (path = "data", writable = true)),
    # The documents, the description of the API, and the console. `npm run build` makes the folder.
    (name = "site", disk = (path = "dist/site")),
    # The internet: public addresses only, so that no subscriber URL can reach the service's own network. This is workerd's
    # default, stated because security depends on it.
    (name = "internet", network = (allow = ["public"], deny = .closed, tlsOptions = (trustBrowserCas = true))),
    # For subscribers in private networks. Used only with ALLOW_PRIVATE_SUBSCRIBERS.
    (name = "anywhere", network = (allow = ["public", "private"], deny = .closed, tlsOptions = (trustBrowserCas = true))),
    # Keystone, the mail server and the collector of spans may be in a private network or on this machine. SSL_CERT_FILE can add
    # authorities for them. One service for all, because each reads all authorities at the start, which takes 3 ms.
    (name = "backends", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [
    # Loopback only by default. TLS is the task of a proxy in front.
    (name = "http", address = "127.0.0.1:8787", http = (), service = "sukkal"),
    # On this socket `npm start` announces that it will stop the service. Loopback only, on any free port. A request needs the
    # random key of this run (CONTROL_KEY). Without that variable all requests are refused.
    (name = "control", address = "127.0.0.1:0", http = (), service = (name = "sukkal", entrypoint = "control")),
  ],
);

# Addresses that subscribers must never reach. They are the same as in src/delivery/ip.ts. Here they also apply to the addresses
# that a host name resolves to. First the metadata services of clouds, which provide credentials:
const closed :List(Text) = [
  "169.254.0.0/16",
  "fe80::/10",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "fd00:ec2::/32",
  "fd20:ce::254/128",
  # Reserved blocks, some of which workerd treats as public. Tunnels in them lead to IPv4 addresses (Teredo in 2001::/23, 6to4 in
  # 2002::/16).
  "0.0.0.0/8",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "64:ff9b:1::/48",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "fec0::/10",
  "ff00::/8",
  # The IPv4 networks that are not public, as NAT64 addresses (RFC 6052): workerd treats all of 64:ff9b::/96 as public.
  "64:ff9b::/104",
  "64:ff9b::a00:0/104",
  "64:ff9b::6440:0/106",
  "64:ff9b::7f00:0/104",
  "64:ff9b::a9fe:0/112",
  "64:ff9b::ac10:0/108",
  "64:ff9b::c0a8:0/112",
];

const sukkal :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "dist/index.js")],

  # As in wrangler.toml, which has the reasons.
  compatibilityDate = "2026-10-23",
  compatibilityFlags = ["global_fetch_strictly_public", "enable_request_signal", "no_web_socket_compression"],

  # The id of an object and the name of its database are derived from the unique key. Never change one: its data would be lost.
  durableObjectNamespaces = [
    (className = "QueueObject", uniqueKey = "sukkal-queue", enableSql = true),
    (className = "ProjectObject", uniqueKey = "sukkal-project", enableSql = true),
    (className = "DeliveryObject", uniqueKey = "sukkal-delivery", enableSql = true),
    (className = "TopicObject", uniqueKey = "sukkal-topic", enableSql = true),
    (className = "HubObject", uniqueKey = "sukkal-hub", enableSql = true),
    (className = "PoolsObject", uniqueKey = "sukkal-pools", enableSql = true),
    (className = "MeterObject", uniqueKey = "sukkal-meter", enableSql = true),
    (className = "ShardObject", uniqueKey = "sukkal-shard", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),

  bindings = [
    (name = "QUEUES", durableObjectNamespace = "QueueObject"),
    (name = "PROJECTS", durableObjectNamespace = "ProjectObject"),
    (name = "DELIVERIES", durableObjectNamespace = "DeliveryObject"),
    (name = "TOPICS", durableObjectNamespace = "TopicObject"),
    (name = "HUBS", durableObjectNamespace = "HubObject"),
    (name = "POOLS", durableObjectNamespace = "PoolsObject"),
    (name = "METERS", durableObjectNamespace = "MeterObject"),
    (name = "SHARD_OBJECTS", durableObjectNamespace = "ShardObject"),
    (name = "KEYSTONE", service = "backends"),
    (name = "PRIVATE_NETWORK", service = "anywhere"),
    (name = "SMTP", service = "backends"),
    (name = "COLLECTOR", service = "backends"),
    # Shows whether an object has a database, so that requests about missing objects create none.
    (name = "DISK", service = "disk"),
    (name = "SITE", service = "site"),
    (name = "CONTROL_KEY", fromEnvironment = "CONTROL_KEY"),

    # The settings, from the environment variables of the process. Unset ones have the defaults of src/config/settings.ts.
    (name = "AUTH_STRATEGY", fromEnvironment = "AUTH_STRATEGY"),
    (name = "ADMIN_API_KEY", fromEnvironment = "ADMIN_API_KEY"),
    (name = "METRICS_API_KEY", fromEnvironment = "METRICS_API_KEY"),
    (name = "ALLOW_UNCHECKED_API_KEYS", fromEnvironment = "ALLOW_UNCHECKED_API_KEYS"),
    (name = "POLICY_RULES", fromEnvironment = "POLICY_RULES"),
    (name = "CORS_ALLOWED_ORIGINS", fromEnvironment = "CORS_ALLOWED_ORIGINS"),
    (name = "CORS_ALLOW_HEADERS", fromEnvironment = "CORS_ALLOW_HEADERS"),
    (name = "CORS_EXPOSE_HEADERS", fromEnvironment = "CORS_EXPOSE_HEADERS"),
    (name = "KEYSTONE_URL", fromEnvironment = "KEYSTONE_URL"),
    (name = "KEYSTONE_USERNAME", fromEnvironment = "KEYSTONE_USERNAME"),
    (name = "KEYSTONE_PASSWORD", fromEnvironment = "KEYSTONE_PASSWORD"),
    (name = "KEYSTONE_PROJECT", fromEnvironment = "KEYSTONE_PROJECT"),
    (name = "KEYSTONE_USER_DOMAIN", fromEnvironment = "KEYSTONE_USER_DOMAIN"),
    (name = "KEYSTONE_APPLICATION_CREDENTIAL_ID", fromEnvironment = "KEYSTONE_APPLICATION_CREDENTIAL_ID"),
    (name = "KEYSTONE_APPLICATION_CREDENTIAL_SECRET", fromEnvironment = "KEYSTONE_APPLICATION_CREDENTIAL_SECRET"),
    (name = "SIGNED_URL_SECRET_KEY", fromEnvironment = "SIGNED_URL_SECRET_KEY"),
    (name = "SIGNED_URL_PREVIOUS_SECRET_KEY", fromEnvironment = "SIGNED_URL_PREVIOUS_SECRET_KEY"),
    (name = "SIGNED_URL_TTL_MAX", fromEnvironment = "SIGNED_URL_TTL_MAX"),
    (name = "DEFAULT_MESSAGE_TTL", fromEnvironment = "DEFAULT_MESSAGE_TTL"),
    (name = "DEFAULT_MESSAGE_DELAY", fromEnvironment = "DEFAULT_MESSAGE_DELAY"),
    (name = "DEFAULT_CLAIM_TTL", fromEnvironment = "DEFAULT_CLAIM_TTL"),
    (name = "DEFAULT_CLAIM_GRACE", fromEnvironment = "DEFAULT_CLAIM_GRACE"),
    (name = "MAX_QUEUES_PER_PAGE", fromEnvironment = "MAX_QUEUES_PER_PAGE"),
    (name = "MAX_MESSAGES_PER_PAGE", fromEnvironment = "MAX_MESSAGES_PER_PAGE"),
    (name = "MAX_MESSAGES_PER_CLAIM_OR_POP", fromEnvironment = "MAX_MESSAGES_PER_CLAIM_OR_POP"),
    (name = "MAX_QUEUE_METADATA", fromEnvironment = "MAX_QUEUE_METADATA"),
    (name = "MAX_MESSAGES_POST_SIZE", fromEnvironment = "MAX_MESSAGES_POST_SIZE"),
    (name = "MAX_MESSAGE_TTL", fromEnvironment = "MAX_MESSAGE_TTL"),
    (name = "MAX_MESSAGE_DELAY", fromEnvironment = "MAX_MESSAGE_DELAY"),
    (name = "MAX_CLAIM_TTL", fromEnvironment = "MAX_CLAIM_TTL"),
    (name = "MAX_CLAIM_GRACE", fromEnvironment = "MAX_CLAIM_GRACE"),
    (name = "MAX_CLAIMED_MESSAGES", fromEnvironment = "MAX_CLAIMED_MESSAGES"),
    (name = "MAX_CLAIM_WAIT", fromEnvironment = "MAX_CLAIM_WAIT"),
    (name = "MAX_WAITING_CLAIMS", fromEnvironment = "MAX_WAITING_CLAIMS"),
    (name = "MAX_WAITING_CLAIMS_PER_PROJECT", fromEnvironment = "MAX_WAITING_CLAIMS_PER_PROJECT"),
    (name = "CLAIM_ANSWER_PAUSE", fromEnvironment = "CLAIM_ANSWER_PAUSE"),
    (name = "IDEMPOTENCY_WINDOW", fromEnvironment = "IDEMPOTENCY_WINDOW"),
    (name = "MIN_LENGTH_CLIENT_ID", fromEnvironment = "MIN_LENGTH_CLIENT_ID"),
    (name = "MAX_LENGTH_CLIENT_ID", fromEnvironment = "MAX_LENGTH_CLIENT_ID"),
    (name = "CLIENT_ID_UUID_SAFE", fromEnvironment = "CLIENT_ID_UUID_SAFE"),
    (name = "MESSAGE_DELETE_WITH_CLAIM_ID", fromEnvironment = "MESSAGE_DELETE_WITH_CLAIM_ID"),
    (name = "MESSAGE_ENCRYPTION_KEY", fromEnvironment = "MESSAGE_ENCRYPTION_KEY"),
    (name = "MESSAGE_ENCRYPTION_PREVIOUS_KEYS", fromEnvironment = "MESSAGE_ENCRYPTION_PREVIOUS_KEYS"),
    (name = "ENABLE_CHECKSUM", fromEnvironment = "ENABLE_CHECKSUM"),
    (name = "ADMIN_MODE", fromEnvironment = "ADMIN_MODE"),
    (name = "DEFAULT_SUBSCRIPTION_TTL", fromEnvironment = "DEFAULT_SUBSCRIPTION_TTL"),
    (name = "MAX_SUBSCRIPTIONS_PER_PAGE", fromEnvironment = "MAX_SUBSCRIPTIONS_PER_PAGE"),
    (name = "SUBSCRIBER_TYPES", fromEnvironment = "SUBSCRIBER_TYPES"),
    (name = "REQUIRE_CONFIRMATION", fromEnvironment = "REQUIRE_CONFIRMATION"),
    (name = "EXTERNAL_CONFIRMATION_URL", fromEnvironment = "EXTERNAL_CONFIRMATION_URL"),
    (name = "PUBLIC_URL", fromEnvironment = "PUBLIC_URL"),
    (name = "MAX_DELIVERY_CONCURRENCY", fromEnvironment = "MAX_DELIVERY_CONCURRENCY"),
    (name = "RETRY_JITTER", fromEnvironment = "RETRY_JITTER"),
    (name = "ALLOW_PRIVATE_SUBSCRIBERS", fromEnvironment = "ALLOW_PRIVATE_SUBSCRIBERS"),
    (name = "TRUSTED_SUBSCRIBERS", fromEnvironment = "TRUSTED_SUBSCRIBERS"),
    (name = "MAIL_FROM", fromEnvironment = "MAIL_FROM"),
    (name = "SMTP_URL", fromEnvironment = "SMTP_URL"),
    (name = "SMTP_EHLO_NAME", fromEnvironment = "SMTP_EHLO_NAME"),
    (name = "QUOTA_QUEUES", fromEnvironment = "QUOTA_QUEUES"),
    (name = "QUOTA_MESSAGES_PER_QUEUE", fromEnvironment = "QUOTA_MESSAGES_PER_QUEUE"),
    (name = "QUOTA_BYTES_PER_QUEUE", fromEnvironment = "QUOTA_BYTES_PER_QUEUE"),
    (name = "QUOTA_SUBSCRIPTIONS_PER_QUEUE", fromEnvironment = "QUOTA_SUBSCRIPTIONS_PER_QUEUE"),
    (name = "QUOTA_REQUESTS_PER_SECOND", fromEnvironment = "QUOTA_REQUESTS_PER_SECOND"),
    (name = "POOLING", fromEnvironment = "POOLING"),
    (name = "ENABLE_VIRTUAL_POOL", fromEnvironment = "ENABLE_VIRTUAL_POOL"),
    (name = "MAX_POOLS_PER_PAGE", fromEnvironment = "MAX_POOLS_PER_PAGE"),
    (name = "MAX_FLAVORS_PER_PAGE", fromEnvironment = "MAX_FLAVORS_PER_PAGE"),
    (name = "JURISDICTION", fromEnvironment = "JURISDICTION"),
    (name = "SHARDS", fromEnvironment = "SHARDS"),
    (name = "OBJECT_REQUESTS_PER_SECOND", fromEnvironment = "OBJECT_REQUESTS_PER_SECOND"),
    (name = "QUEUE_ORDER", fromEnvironment = "QUEUE_ORDER"),
    (name = "SPREAD_ALWAYS", fromEnvironment = "SPREAD_ALWAYS"),
    (name = "MAX_BODY_WAIT", fromEnvironment = "MAX_BODY_WAIT"),
    (name = "MAX_BYTES_IN_FLIGHT", fromEnvironment = "MAX_BYTES_IN_FLIGHT"),
    (name = "DISK_FREE_MIN", fromEnvironment = "DISK_FREE_MIN"),
    (name = "MAX_OPEN_FILES", fromEnvironment = "MAX_OPEN_FILES"),
    (name = "DOCS", fromEnvironment = "DOCS"),
    (name = "CONSOLE", fromEnvironment = "CONSOLE"),
    (name = "ACCESS_LOG", fromEnvironment = "ACCESS_LOG"),
    (name = "METER", fromEnvironment = "METER"),
    (name = "OTEL_EXPORTER_OTLP_ENDPOINT", fromEnvironment = "OTEL_EXPORTER_OTLP_ENDPOINT"),
    (name = "OTEL_EXPORTER_OTLP_HEADERS", fromEnvironment = "OTEL_EXPORTER_OTLP_HEADERS"),
    (name = "OTEL_SERVICE_NAME", fromEnvironment = "OTEL_SERVICE_NAME"),
    (name = "OTEL_TRACES_SAMPLER_ARG", fromEnvironment = "OTEL_TRACES_SAMPLER_ARG"),
    (name = "WEBSOCKET_MAX_FRAME", fromEnvironment = "WEBSOCKET_MAX_FRAME"),
    (name = "WEBSOCKET_ACTIONS_PER_SECOND", fromEnvironment = "WEBSOCKET_ACTIONS_PER_SECOND"),
    (name = "WEBSOCKET_CONNECTIONS_PER_PROJECT", fromEnvironment = "WEBSOCKET_CONNECTIONS_PER_PROJECT"),
    (name = "WEBSOCKET_REPLY_RATE", fromEnvironment = "WEBSOCKET_REPLY_RATE"),
    (name = "WEBSOCKET_PUSH_RATE", fromEnvironment = "WEBSOCKET_PUSH_RATE"),
    (name = "WEBSOCKET_MAX_UNHEARD", fromEnvironment = "WEBSOCKET_MAX_UNHEARD"),
    (name = "WEBSOCKET_IDLE_MAX", fromEnvironment = "WEBSOCKET_IDLE_MAX"),
  ],
);
