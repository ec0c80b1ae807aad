/** `sukkal queue …`. */
import { buildRouteMap } from "@stricli/core";
import { QUEUES } from "../place.ts";
import { placeCommands } from "./places.ts";
import { share } from "./share.ts";

export const QUEUE_COMMANDS = buildRouteMap({
  routes: { ...placeCommands(QUEUES), share },
  docs: { brief: "Create, show, change, pause, purge, delete and share queues" },
});
