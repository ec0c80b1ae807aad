/**
 * The events of the log. Their names and members never change, because operators search and alert by them. docs/LOGS.md has a
 * table of them, which a test compares with this one.
 */

export type Level = "info" | "warn" | "error";

interface EventKind {
  readonly level: Level;
  /** The members in addition to those that every line may have. */
  readonly members: readonly string[];
}

/** `request` has the level `warn` from status 500. */
export const EVENTS = {
  request: { level: "info", members: [] },
  warning: { level: "warn", members: ["warning"] },
  fault: { level: "error", members: ["error", "stack"] },
  "delivery.given_up": {
    level: "warn",
    members: ["subscription", "notification", "attempts", "outcome", "reason", "receiver_status"],
  },
  "subscription.gone": { level: "warn", members: ["subscription"] },
  "messages.dead_lettered": { level: "warn", members: ["target", "count", "reason"] },
  "redrive.started": { level: "info", members: ["target", "max_messages", "messages_per_second"] },
  "redrive.finished": { level: "info", members: ["moved", "duration_ms"] },
  "redrive.canceled": { level: "info", members: [] },
  "queue.spread": { level: "info", members: ["objects", "reason"] },
  "queue.collapsed": { level: "info", members: ["objects", "duration_ms"] },
  "queue.deleted": { level: "info", members: [] },
  "topic.deleted": { level: "info", members: [] },
  "queue.purged": { level: "info", members: ["resources"] },
  "topic.purged": { level: "info", members: ["resources"] },
  "key.created": { level: "info", members: ["key", "target_project", "roles"] },
  "key.revoked": { level: "info", members: ["key", "target_project"] },
  "quota.changed": { level: "info", members: ["target_project", "quotas"] },
  "quota.reset": { level: "info", members: ["target_project"] },
  "quota.exceeded": { level: "warn", members: ["quota", "limit"] },
  "pool.changed": { level: "info", members: ["pool"] },
  "pool.deleted": { level: "info", members: ["pool"] },
  "flavor.changed": { level: "info", members: ["flavor", "target_project"] },
  "flavor.deleted": { level: "info", members: ["flavor", "target_project"] },
  "spans.dropped": { level: "warn", members: ["spans", "reason"] },
  "log.suppressed": { level: "warn", members: ["of", "since", "suppressed"] },
} as const satisfies Readonly<Record<string, EventKind>>;

export type EventName = keyof typeof EVENTS;

/** undefined: the line has no such member. */
type MemberValue = string | number | undefined | readonly string[] | Readonly<Record<string, number>>;

/** The members of an event in addition to the common ones. */
export type EventMembers<Name extends EventName> = Readonly<
  Record<(typeof EVENTS)[Name]["members"][number], MemberValue>
>;
