/**
 * TopicObject: one topic. It has messages and subscriptions as a queue does, but no route to claims. Topics have their own
 * namespace, so that a topic and a queue with the same name are different objects.
 */
import type { ObjectBindings } from "../rpc/stubs.ts";
import { QueueObject } from "./queue-object.ts";

export class TopicObject extends QueueObject {
  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env, "topic");
  }
}
