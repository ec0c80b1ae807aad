/** `sukkal migrate …`. */
import { group } from "../group.ts";
import { MIGRATE_CONFIG_COMMAND } from "./migrate-config.ts";
import { MIGRATE_COPY_COMMAND } from "./migrate-copy.ts";
import { MIGRATE_DRAIN_COMMAND } from "./migrate-drain.ts";
import { MIGRATE_PLAN_COMMAND } from "./migrate-plan.ts";
import { MIGRATE_VERIFY_COMMAND } from "./migrate-verify.ts";

export const MIGRATE_COMMANDS = group({
  brief: "Move queues from Zaqar to this service",
  description: `Moves queues with their metadata, subscriptions and messages from Zaqar, or another
service of its API. docs/MIGRATION.md describes the way of a whole cloud. All can be repeated.`,
  commands: {
    COMMANDS: {
      plan: MIGRATE_PLAN_COMMAND,
      copy: MIGRATE_COPY_COMMAND,
      drain: MIGRATE_DRAIN_COMMAND,
      verify: MIGRATE_VERIFY_COMMAND,
      config: MIGRATE_CONFIG_COMMAND,
    },
  },
});
