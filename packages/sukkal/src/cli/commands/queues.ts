/** `sukkal queue …`. */
import { QUEUES } from "../place.ts";
import { placeCommands } from "./places.ts";
import { share } from "./share.ts";
import { group } from "../group.ts";

export const QUEUE_COMMANDS = group({
  brief: "Create, show, change, pause, purge, delete and share queues",
  commands: { COMMANDS: { ...placeCommands(QUEUES), share } },
});
