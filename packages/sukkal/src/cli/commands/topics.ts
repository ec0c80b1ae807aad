/** `sukkal topic …`. */
import { buildRouteMap } from "@stricli/core";
import { TOPICS } from "../place.ts";
import { placeCommands } from "./places.ts";

export const TOPIC_COMMANDS = buildRouteMap({
  routes: placeCommands(TOPICS),
  docs: { brief: "Create, show, change, pause, purge and delete topics" },
});
