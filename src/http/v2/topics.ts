/**
 * Topics over HTTP: the routes of queues without claims, signed URLs and redrives. Upstream:
 * zaqar/transport/wsgi/v2_0/topic.py.
 */
import {
  createTopic,
  deleteTopic,
  getTopic,
  getTopicStats,
  listTopics,
  purgeTopic,
  updateTopic,
} from "../../operations/topics.ts";
import type { Site } from "../visit.ts";
import { addMessages } from "./messages.ts";
import { addPlaces } from "./queues.ts";
import { addSubscriptions } from "./subscriptions.ts";

export function addTopics(site: Site): void {
  addPlaces(site, "topic", {
    list: listTopics,
    create: createTopic,
    get: getTopic,
    update: updateTopic,
    delete: deleteTopic,
    getStats: getTopicStats,
    purge: purgeTopic,
  });
  addMessages(site, "topic");
  addSubscriptions(site, "topic");
}
