/** `sukkal/client`: what programs import. docs/CLIENT.md describes it. */
export { Sukkal, type PlaceListOptions } from "./sukkal.ts";
export type { List, PageOptions, SharedUrl, Signal, SukkalOptions } from "./transport.ts";
export { LeaseLost, SukkalError } from "./error.ts";
export { JsonText } from "./json-text.ts";
export type { Message, DeadLetter } from "./message.ts";
export type { DeleteOptions, ListOptions, PostOptions } from "./place.ts";
export type { Metadata, PlaceDetails, QueueStats, ReservedMetadata, Stamp, Stats } from "./place-details.ts";
export type { DrainOptions, Queue, QueueOptions, Redrive, RedriveOptions, ShareOptions, Topic } from "./queue.ts";
export type { Claim, ClaimOptions, Release, Settlement } from "./claim.ts";
export type {
  Consumer,
  ConsumeOptions,
  ConsumerEvent,
  FailedAttempt,
  Handler,
  HandlerContext,
  StopOptions,
} from "./consumer.ts";
export type { Producer, ProducerOptions } from "./producer.ts";
export type { Parser, StandardSchema } from "./parser.ts";
export type {
  DeliveryAttempt,
  DeliveryOutcome,
  DeliveryReport,
  NewSubscription,
  RedeliverOptions,
  Subscription,
  Subscriptions,
  TestAttempt,
  UndeliveredNotification,
  UndeliveredOptions,
} from "./subscriptions.ts";
export type { ApiKey, ApiKeys, KeyListOptions, NewApiKey } from "./api-keys.ts";
export type { QuotaOptions, QuotaReport, Quotas } from "./quotas.ts";
export type { Flavor, NewFlavor, NewPool, Pool, Registry, RegistryOptions } from "./registry.ts";
export type {
  Certainty,
  ConsumerFigures,
  SpreadFigures,
  Figure,
  FigureTime,
  FigureTotals,
  MessageCounters,
  MessageCounts,
  MessageFigures,
  Overview,
  OverviewOptions,
  PlaceFigures,
  ProjectListOptions,
  ProjectUsage,
  Series,
  SeriesOptions,
  SubscriptionFigures,
  UsageOptions,
} from "./figures.ts";
export type { Caller, HealthReport, ServiceView, StorageHealth } from "./service-view.ts";
