/** `sukkal/client`: what programs import. docs/CLIENT.md describes it. */
export { Sukkal, type ListedPlace, type PlaceListOptions } from "./sukkal.ts";
export type { Signal, SukkalOptions } from "./transport.ts";
export { LeaseLost, SukkalError } from "./error.ts";
export { JsonText } from "./json-text.ts";
export type { Message, DeadLetter } from "./message.ts";
export type { ListOptions, Metadata, PostOptions, Stamp, Stats } from "./place.ts";
export type { DrainOptions, Queue, QueueOptions, Redrive, RedriveOptions, SharedUrl, Topic } from "./queue.ts";
export type { Claim, ClaimOptions, Release, Settlement } from "./claim.ts";
export type { Consumer, ConsumeOptions, ConsumerEvent, Handler, HandlerContext, StopOptions } from "./consumer.ts";
export type { Producer, ProducerOptions } from "./producer.ts";
export type { Parser, StandardSchema } from "./parser.ts";
export type { DeliveryAttempt, DeliveryReport, NewSubscription, Subscription, Subscriptions } from "./subscriptions.ts";
export type { ApiKey, ApiKeys, NewApiKey } from "./api-keys.ts";
export type { QuotaOptions, QuotaReport, Quotas } from "./quotas.ts";
