/** Every action by name. */
import type { Config } from "../../config/config.ts";
import { servesPools } from "../../config/pooling.ts";
import type { Action } from "./action.ts";
import { CLAIM_ACTIONS } from "./claims.ts";
import { DELIVERY_ACTIONS } from "./deliveries.ts";
import { FIGURE_ACTIONS } from "./figures.ts";
import { FLAVOR_ACTIONS } from "./flavors.ts";
import { MESSAGE_ACTIONS } from "./messages.ts";
import { POOL_ACTIONS } from "./pools.ts";
import { QUEUE_ACTIONS } from "./queues.ts";
import { HEALTH_ACTIONS, SERVICE_ACTIONS } from "./service.ts";
import { SUBSCRIPTION_ACTIONS } from "./subscriptions.ts";

/** As the routes, these exist only with `ADMIN_MODE` and `POOLING`. */
const WITH_POOLS = { ...POOL_ACTIONS, ...FLAVOR_ACTIONS } as const;

export const ACTIONS = {
  ...QUEUE_ACTIONS,
  ...MESSAGE_ACTIONS,
  ...CLAIM_ACTIONS,
  ...SUBSCRIPTION_ACTIONS,
  ...DELIVERY_ACTIONS,
  ...SERVICE_ACTIONS,
  ...FIGURE_ACTIONS,
  ...HEALTH_ACTIONS,
  ...WITH_POOLS,
} as const;

const BY_NAME: ReadonlyMap<string, Action> = new Map(Object.entries<Action>(ACTIONS));

/** null: there is no such action. */
export function actionNamed(name: string, config: Pick<Config, "adminMode" | "meter" | "pooling">): Action | null {
  if (Object.hasOwn(WITH_POOLS, name) && !servesPools(config)) return null;
  if (Object.hasOwn(HEALTH_ACTIONS, name) && !config.adminMode) return null;
  if (Object.hasOwn(FIGURE_ACTIONS, name) && !config.meter) return null;
  return BY_NAME.get(name) ?? null;
}
