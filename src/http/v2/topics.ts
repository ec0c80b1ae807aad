/**
 * Topics over HTTP: the routes of queues except claims, signed URLs and redrives. Upstream: zaqar/transport/wsgi/v2_0/topic.py.
 */
import {
  createTopic,
  deleteTopic,
  getTopic,
  getTopicFigures,
  getTopicStats,
  listTopics,
  purgeTopic,
  updateTopic,
} from "../../operations/topics.ts";
import type { RouteDeps } from "../request.ts";
import { addMessages } from "./messages.ts";
import { addPlaces } from "./queues.ts";
import { addSubscriptions } from "./subscriptions.ts";

export function addTopics(deps: RouteDeps): void {
  addPlaces(deps, "topic", {
    list: listTopics,
    create: createTopic,
    get: getTopic,
    update: updateTopic,
    delete: deleteTopic,
    getStats: getTopicStats,
    getFigures: getTopicFigures,
    purge: purgeTopic,
  });
  addMessages(deps, "topic");
  addSubscriptions(deps, "topic");
}
