/**
 * TopicObject: one topic. It holds messages and subscriptions as a queue does, and nothing leads to its claims. Objects of
 * topics have a namespace of their own, so that a topic and a queue of one name never meet.
 */
import type { Failure } from "../../domain/failure.ts";
import type { Place } from "../../domain/place.ts";
import { QueueObject } from "./queue-object.ts";

export class TopicObject extends QueueObject {
  protected override get place(): Place {
    return { kind: "topic", name: this.name };
  }

  protected override notFound(): Failure {
    return { kind: "topic-not-found", topic: this.name, project: this.project };
  }
}
