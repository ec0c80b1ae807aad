/** API v2: mounts the routes of all resources. */
import type { RouteDeps } from "../request.ts";
import { addClaims } from "./claims.ts";
import { addFigures } from "./figures.ts";
import { addFlavors } from "./flavors.ts";
import { addHealth } from "./health.ts";
import { addHome } from "./home.ts";
import { addKeys } from "./keys.ts";
import { addMessages } from "./messages.ts";
import { addPools } from "./pools.ts";
import { addQueues } from "./queues.ts";
import { addQuotas } from "./quotas.ts";
import { addRedrive } from "./redrive.ts";
import { addService } from "./service.ts";
import { addShare } from "./share.ts";
import { addSubscriptions } from "./subscriptions.ts";
import { addTopics } from "./topics.ts";

export function addV2(deps: RouteDeps): void {
  addHome(deps);
  addHealth(deps);
  addQueues(deps);
  addMessages(deps, "queue");
  addClaims(deps);
  addSubscriptions(deps, "queue");
  addTopics(deps);
  addPools(deps);
  addFlavors(deps);
  addKeys(deps);
  addQuotas(deps);
  addRedrive(deps);
  addShare(deps);
  addService(deps);
  addFigures(deps);
}
