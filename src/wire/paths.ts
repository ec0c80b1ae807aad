/** The path of every route. A segment that begins with a colon is a variable. `hrefs.ts` writes the paths in answers. */
import type { PlaceKind } from "../domain/place.ts";

/**
 * Routes of the service and of a project, and those of queues that topics do not have. Ours: healthz, metrics, openapi,
 * docs, console, keys, quotas, redrive, settle, and figures.
 */
export const PATHS = {
  versions: "/",
  healthz: "/healthz",
  metrics: "/metrics",
  openapi: "/openapi.json",
  docs: "/docs",
  docsFile: "/docs/:file",
  console: "/console",
  consoleFile: "/console/:file",
  websocket: "/v2/websocket",
  home: "/v2/",
  ping: "/v2/ping",
  health: "/v2/health",
  pools: "/v2/pools",
  pool: "/v2/pools/:pool",
  flavors: "/v2/flavors",
  flavor: "/v2/flavors/:flavor",
  keys: "/v2/keys",
  key: "/v2/keys/:key",
  quotas: "/v2/quotas",
  projectQuotas: "/v2/quotas/:project",
  claims: "/v2/queues/:queue/claims",
  claim: "/v2/queues/:queue/claims/:claim",
  settle: "/v2/queues/:queue/claims/:claim/settle",
  share: "/v2/queues/:queue/share",
  redrive: "/v2/queues/:queue/redrive",
  service: "/v2/service",
  overview: "/v2/overview",
  series: "/v2/series",
  usage: "/v2/usage",
  projects: "/v2/projects",
} as const;
export type Path = (typeof PATHS)[keyof typeof PATHS];

/** The paths at which a WebSocket connection can be opened. */
export const SOCKET_PATHS: readonly string[] = [PATHS.versions, "/v2", PATHS.home, PATHS.websocket];

/** The collections of queues and of topics. */
export const COLLECTION_PATHS: Readonly<Record<PlaceKind, string>> = { queue: "/v2/queues", topic: "/v2/topics" };

/** A queue or a topic. */
export const PLACE_PATHS: Readonly<Record<PlaceKind, string>> = {
  queue: "/v2/queues/:queue",
  topic: "/v2/topics/:topic",
};

/** The paths below a queue or topic. Ours: figures, deliveries, redeliver, secret, test. */
export const BELOW_PLACE = {
  itself: "",
  stats: "/stats",
  figures: "/figures",
  purge: "/purge",
  messages: "/messages",
  message: "/messages/:message",
  subscriptions: "/subscriptions",
  subscription: "/subscriptions/:subscription",
  confirm: "/subscriptions/:subscription/confirm",
  deliveries: "/subscriptions/:subscription/deliveries",
  redeliver: "/subscriptions/:subscription/redeliver",
  test: "/subscriptions/:subscription/test",
  secret: "/subscriptions/:subscription/secret",
} as const;
export type BelowPlace = (typeof BELOW_PLACE)[keyof typeof BELOW_PLACE];
