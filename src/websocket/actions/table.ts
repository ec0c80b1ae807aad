/** Every action by name. */
import type { Action } from "./action.ts";
import { CLAIM_ACTIONS } from "./claims.ts";
import { MESSAGE_ACTIONS } from "./messages.ts";
import { QUEUE_ACTIONS } from "./queues.ts";
import { SUBSCRIPTION_ACTIONS } from "./subscriptions.ts";

export const ACTIONS = { ...QUEUE_ACTIONS, ...MESSAGE_ACTIONS, ...CLAIM_ACTIONS, ...SUBSCRIPTION_ACTIONS } as const;

const BY_NAME: ReadonlyMap<string, Action> = new Map(Object.entries<Action>(ACTIONS));

/** null: there is no such action. */
export function actionNamed(name: string): Action | null {
  return BY_NAME.get(name) ?? null;
}
