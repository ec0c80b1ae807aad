/** Types of the client that a program in TypeScript relies on. The compiler checks most of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import type * as client from "sukkal/client";
import type { TestServerOptions } from "sukkal/testing";
import type { VerifyOptions } from "sukkal/webhooks";
import { RESERVED_KEYS } from "../../src/domain/reserved-metadata.ts";
import { ScriptedService } from "./scripted-service.ts";

const jobs = new Sukkal({
  url: "http://service.test",
  fetch: new ScriptedService().on(/./, () => Response.json({ messages: { free: 1, claimed: 2, total: 3 } })).fetch,
}).queue("jobs");

/** The options with members that are undefined, as a program has them that reads variables of its environment. */
type Undefinable<T> = { readonly [Name in keyof T]: object extends Pick<T, Name> ? T[Name] | undefined : T[Name] };
type Accepts<T> = Undefinable<T> extends T ? true : false;

test("an option that is undefined is one that is missing, also with exactOptionalPropertyTypes", () => {
  const accepts: {
    readonly [Name in keyof Options]: Accepts<Options[Name]>;
  } = {
    ClaimOptions: true,
    ConsumeOptions: true,
    DeleteOptions: true,
    DrainOptions: true,
    KeyListOptions: true,
    ListOptions: true,
    NewApiKey: true,
    NewFlavor: true,
    NewPool: true,
    NewSubscription: true,
    PageOptions: true,
    PlaceListOptions: true,
    PostOptions: true,
    ProducerOptions: true,
    QueueOptions: true,
    QuotaOptions: true,
    RedeliverOptions: true,
    RedriveOptions: true,
    RegistryOptions: true,
    Release: true,
    Settlement: true,
    ShareOptions: true,
    Signal: true,
    StopOptions: true,
    SukkalOptions: true,
    TestServerOptions: true,
    UndeliveredOptions: true,
    VerifyOptions: true,
  };
  assert.ok(Object.values(accepts).every(Boolean));
});

interface Options {
  readonly ClaimOptions: client.ClaimOptions;
  readonly ConsumeOptions: client.ConsumeOptions;
  readonly DeleteOptions: client.DeleteOptions;
  readonly DrainOptions: client.DrainOptions;
  readonly KeyListOptions: client.KeyListOptions;
  readonly ListOptions: client.ListOptions;
  readonly NewApiKey: client.NewApiKey;
  readonly NewFlavor: client.NewFlavor;
  readonly NewPool: client.NewPool;
  readonly NewSubscription: client.NewSubscription;
  readonly PageOptions: client.PageOptions;
  readonly PlaceListOptions: client.PlaceListOptions;
  readonly PostOptions: client.PostOptions;
  readonly ProducerOptions: client.ProducerOptions;
  readonly QueueOptions: client.QueueOptions<unknown>;
  readonly QuotaOptions: client.QuotaOptions;
  readonly RedeliverOptions: client.RedeliverOptions;
  readonly RedriveOptions: client.RedriveOptions;
  readonly RegistryOptions: client.RegistryOptions;
  readonly Release: client.Release;
  readonly Settlement: client.Settlement;
  readonly ShareOptions: client.ShareOptions;
  readonly Signal: client.Signal;
  readonly StopOptions: client.StopOptions;
  readonly SukkalOptions: client.SukkalOptions;
  readonly TestServerOptions: TestServerOptions;
  readonly UndeliveredOptions: client.UndeliveredOptions;
  readonly VerifyOptions: VerifyOptions;
}

test("the reserved names of metadata are those of the service, and have their types", () => {
  const values: Required<client.ReservedMetadata> = {
    _default_message_ttl: 60,
    _default_message_delay: 0,
    _max_messages_post_size: 1000,
    _dead_letter_queue: "dead",
    _max_claim_count: 5,
    _dead_letter_queue_messages_ttl: 60,
    _enable_encrypt_messages: true,
    _retry_policy: { maximum_delay: 30 },
    _flavor: null,
    _order: "fifo",
    _paused: ["claims"],
    _signing_generation: 2,
  };
  assert.deepEqual(new Set(Object.keys(values)), RESERVED_KEYS);
  const own: client.Metadata = { ...values, owner: "Ann" };
  // @ts-expect-error: no number
  const wrong: client.Metadata = { _max_claim_count: "5" };
  assert.ok(own !== wrong);
});

test("a queue has the numbers of claims", async () => {
  const { free, claimed } = await jobs.stats();
  assert.equal(free + claimed, 3);
});
