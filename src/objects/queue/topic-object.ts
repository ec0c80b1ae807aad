/**
 * TopicObject: one topic. It holds messages and subscriptions as a queue does; no route leads to claims. Topics have a namespace
 * of their own, so that a topic and a queue of one name are different objects.
 */
import type { FailureOf, PlaceNotFound } from "../../domain/failure.ts";
import type { Place } from "../../domain/place.ts";
import { QueueObject } from "./queue-object.ts";

export class TopicObject extends QueueObject {
  protected override get place(): Place {
    return { kind: "topic", name: this.name };
  }

  protected override notFound(): FailureOf<PlaceNotFound> {
    return { kind: "topic-not-found", topic: this.name, project: this.project };
  }
}
