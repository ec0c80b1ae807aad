/**
 * TopicObject: one topic. It holds messages and subscriptions as a queue does; no route leads to claims. Topics have a namespace
 * of their own, so that a topic and a queue of one name are different objects.
 */
import type { ObjectBindings } from "../rpc/stubs.ts";
import { QueueObject } from "./queue-object.ts";

export class TopicObject extends QueueObject {
  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env, "topic");
  }
}
