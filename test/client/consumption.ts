/** A consumer of the queue `jobs` of a scripted service. */
import {
  Sukkal,
  type ConsumeOptions,
  type Consumer,
  type ConsumerEvent,
  type Handler,
  type QueueOptions,
  type StopOptions,
} from "sukkal/client";
import { claimed, done, never, ScriptedService, type ScriptedMessage } from "./scripted-service.ts";

export const CLAIMS = /^POST .*\/claims$/;
export const SETTLE = /^POST .*\/settle$/;
export const RENEW = /^PATCH .*\/claims\//;
export const RELEASE = /^DELETE .*\/claims\//;
export const END_WAITS = /^DELETE .*\/claims$/;

/** A service that gives the messages to the first claim, and lets later ones wait for ever. */
export function serviceWith(messages: readonly ScriptedMessage[]): ScriptedService {
  let isFirst = true;
  return new ScriptedService()
    .on(CLAIMS, () => {
      const answer = isFirst ? claimed("first", messages) : never();
      isFirst = false;
      return answer;
    })
    .on(SETTLE, done)
    .on(RENEW, done)
    .on(END_WAITS, done);
}

export function consume<T = unknown>(
  service: ScriptedService,
  handler: Handler<T>,
  { parse, ...options }: ConsumeOptions<T> & QueueOptions<T> = {},
): { readonly consumer: Consumer<T>; readonly events: ConsumerEvent<T>[] } {
  const events: ConsumerEvent<T>[] = [];
  const sukkal = new Sukkal({ url: "http://service.test", project: "demo", fetch: service.fetch, timeoutMs: 1e9 });
  const queue = sukkal.queue<T>("jobs", parse === undefined ? {} : { parse });
  return { consumer: queue.consume(handler, { onEvent: (event) => events.push(event), ...options }), events };
}

/** Stops the consumer. `isOver`: whether it has stopped. */
export function stop(consumer: Consumer<unknown>, options?: StopOptions): { readonly isOver: boolean } {
  const state = { isOver: false };
  void consumer.stop(options).then(() => (state.isOver = true));
  return state;
}

export function settlements(service: ScriptedService): unknown[] {
  return service.of(SETTLE).map(({ body }) => JSON.parse(body) as unknown);
}

export const forever = (): Promise<never> => new Promise(() => {});
