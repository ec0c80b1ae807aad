/** API v2: mounts the routes of all resources. */
import type { Site } from "../visit.ts";
import { addClaims } from "./claims.ts";
import { addFlavors } from "./flavors.ts";
import { addHealth } from "./health.ts";
import { addHome } from "./home.ts";
import { addKeys } from "./keys.ts";
import { addMessages } from "./messages.ts";
import { addPools } from "./pools.ts";
import { addQueues } from "./queues.ts";
import { addQuotas } from "./quotas.ts";
import { addRedrive } from "./redrive.ts";
import { addShare } from "./share.ts";
import { addSubscriptions } from "./subscriptions.ts";
import { addTopics } from "./topics.ts";

export function addV2(site: Site): void {
  addHome(site);
  addHealth(site);
  addQueues(site);
  addMessages(site, "queue");
  addClaims(site);
  addSubscriptions(site, "queue");
  addTopics(site);
  addPools(site);
  addFlavors(site);
  addKeys(site);
  addQuotas(site);
  addRedrive(site);
  addShare(site);
}
