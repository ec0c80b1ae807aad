/** `sukkal topic …`. */
import { TOPICS } from "../place.ts";
import { placeCommands } from "./places.ts";
import { group } from "../group.ts";

export const TOPIC_COMMANDS = group({
  brief: "Create, show, change, pause, purge and delete topics",
  commands: { COMMANDS: placeCommands(TOPICS) },
});
