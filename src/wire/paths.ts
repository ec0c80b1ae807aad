/**
 * The path of every route, on one screen. A segment that begins with a colon is a variable. `hrefs.ts` writes the paths of
 * resources that answers name.
 */
import type { PlaceKind } from "../domain/place.ts";

/** Routes of the service, of a project, and of queues alone. Ours: healthz, keys, quotas, redrive. */
export const PATHS = {
  versions: "/",
  healthz: "/healthz",
  home: "/v2/",
  ping: "/v2/ping",
  health: "/v2/health",
  keys: "/v2/keys",
  key: "/v2/keys/:key",
  quotas: "/v2/quotas",
  projectQuotas: "/v2/quotas/:project",
  claims: "/v2/queues/:queue/claims",
  claim: "/v2/queues/:queue/claims/:claim",
  share: "/v2/queues/:queue/share",
  redrive: "/v2/queues/:queue/redrive",
} as const;
export type Path = (typeof PATHS)[keyof typeof PATHS];

/** The collections of queues and of topics. */
export const COLLECTION_PATHS: Readonly<Record<PlaceKind, string>> = { queue: "/v2/queues", topic: "/v2/topics" };

/** One queue, one topic. */
export const PLACE_PATHS: Readonly<Record<PlaceKind, string>> = {
  queue: "/v2/queues/:queue",
  topic: "/v2/topics/:topic",
};

/** What is below a queue and below a topic alike. Ours: deliveries, redeliver, secret. */
export const BELOW_PLACE = {
  itself: "",
  stats: "/stats",
  purge: "/purge",
  messages: "/messages",
  message: "/messages/:message",
  subscriptions: "/subscriptions",
  subscription: "/subscriptions/:subscription",
  confirm: "/subscriptions/:subscription/confirm",
  deliveries: "/subscriptions/:subscription/deliveries",
  redeliver: "/subscriptions/:subscription/redeliver",
  secret: "/subscriptions/:subscription/secret",
} as const;
export type BelowPlace = (typeof BELOW_PLACE)[keyof typeof BELOW_PLACE];
