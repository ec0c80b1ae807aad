/** The dependencies of the couriers (senders by kind of subscriber) of one subscription, from this deployment's settings. */
import { authServicesOf } from "../../auth/auth-services.ts";
import { keystoneFetch } from "../../auth/keystone.ts";
import type { Config } from "../../config/config.ts";
import type { CourierDeps } from "../../delivery/couriers.ts";
import { toOwnApi, type OwnApi } from "../../delivery/own-api.ts";
import type { TrustDeps } from "../../delivery/trust.ts";
import { WebhookCourier, fetchBy, type WebhookDeps } from "../../delivery/webhook.ts";
import type { ProjectId, TrustId } from "../../domain/id.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Place } from "../../domain/place.ts";
import { backgroundEvent, logFault } from "../../telemetry/event.ts";
import { tracerOf } from "../../telemetry/tracer.ts";
import { toMailTransport } from "./mail-transport.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";

/** The parts of the DeliveryObject and its deployment that couriers depend on. */
interface DeliveringObject {
  readonly env: ObjectBindings;
  readonly config: Config;
  readonly project: ProjectId;
  /** The queue or topic of the subscription. */
  readonly place: Place;
  /** The Worker's own entry point, for posts to the service itself. `hops`: those of the message (domain/hops.ts). */
  readonly self: (hops: number) => Pick<Fetcher, "fetch">;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly now: () => EpochMs;
}

export function toCourierDeps(object: DeliveringObject): CourierDeps {
  const { env, config, project, waitUntil, now } = object;
  const allowPrivate = config.allowPrivateSubscribers;
  const own = toOwnApi(config.publicUrl, object.self);
  const fetch = fetchBy(allowPrivate ? env.PRIVATE_NETWORK : undefined);
  return {
    webhook: { rules: { allowPrivate }, project, fetch, own, waitUntil, now, recordSpan: toRecordSpan(object) },
    mail: { transport: toMailTransport(env, config), from: config.mailFrom, now },
    trust: toTrustDeps(object, own),
  };
}

function toRecordSpan({ env, config, project, place, waitUntil, now }: DeliveringObject): WebhookDeps["recordSpan"] {
  const tracer = tracerOf(config);
  if (tracer === null) return null;
  const background = { now, waitUntil, collector: env.COLLECTOR };
  return ({ id: notification, result: { outcome, status }, ...attempt }) =>
    tracer.recordAttempt({ ...attempt, project, place: place.name, notification, outcome, status }, background);
}

function toTrustDeps(object: DeliveringObject, own: OwnApi | null): TrustDeps {
  const { env, config, project, waitUntil, now } = object;
  // Shared by all objects and requests: tokens outlive an object, and a password that Keystone refuses is not tried by each of
  // them, which could lock the account. The cache shares answers, never promises.
  const { trusts } = authServicesOf(config);
  const deps = { now, waitUntil, fetch: keystoneFetch(env.KEYSTONE) };
  const tokenOf = async (trust: TrustId) => {
    try {
      return (await trusts?.tokenOf(trust, deps)) ?? null;
    } catch (error) {
      logFault(backgroundEvent(project, "trust"), error);
      throw error;
    }
  };
  // The operator has named each of these hosts, so they may be in the operator's private network.
  const fetch = fetchBy(env.PRIVATE_NETWORK);
  const recordSpan = toRecordSpan(object);
  const webhook = new WebhookCourier({
    rules: { allowPrivate: true },
    project,
    fetch,
    own,
    waitUntil,
    now,
    recordSpan,
  });
  const { trustedSubscribers: hosts, publicUrl } = config;
  return { webhook, hosts, publicUrl, project, tokenOf, forget: (trust) => trusts?.forget(trust) };
}
