/** Queues and subscriptions that need attention. */
import { SukkalError } from "../../error.ts";
import type { Place } from "../../place.ts";
import type { Subscription } from "../../subscriptions.ts";
import { concurrently } from "../concurrently.ts";
import { secondsLeft } from "../subscriptions/expiry.ts";
import { named } from "../terminal/units.ts";
import { ok, warning, type Findings, type Patient } from "./patient.ts";

/** A request each, so of a large project only a part is checked. */
const PLACES_MAX = 100;
const CONCURRENT = 8;
const DAY_S = 86_400;

interface Subscribed {
  readonly place: Place<unknown>;
  readonly subscription: Subscription;
}

export async function* checkContents(patient: Patient): Findings {
  const { signal } = patient;
  const places: Place<unknown>[] = [];
  const paused: string[] = [];
  try {
    for await (const { place, isPaused } of placesOf(patient)) {
      places.push(place);
      if (isPaused) paused.push(place.name);
      if (places.length === PLACES_MAX) break;
    }
    const subscribed = await subscriptionsOf(places, signal);
    const part = places.length < PLACES_MAX ? "" : ` (of the first ${PLACES_MAX})`;
    yield paused.length === 0
      ? ok("pauses", `none of ${places.length} queues and topics is paused${part}`)
      : warning("pauses", `Paused: ${named(paused)}.`, "sukkal queue resume QUEUE ends a pause.");
    yield ofEnds(subscribed, part);
    const blocked = await blockedOf(subscribed, signal);
    if (blocked.length > 0)
      yield warning(
        "subscribers",
        `Not called because of their addresses: ${named(blocked)}.`,
        "Use public addresses, or set ALLOW_PRIVATE_SUBSCRIBERS in the service.",
      );
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    yield warning(
      "contents",
      `Queues and subscriptions cannot be listed (${error.message}).`,
      "It needs the role reader.",
    );
  }
}

async function* placesOf({
  client,
  signal,
}: Patient): AsyncGenerator<{ readonly place: Place<unknown>; readonly isPaused: boolean }, void, undefined> {
  for await (const { name, metadata } of client.queues({ signal }))
    yield { place: client.queue(name), isPaused: Object.hasOwn(metadata, "_paused") };
  for await (const { name, metadata } of client.topics({ signal }))
    yield { place: client.topic(name), isPaused: Object.hasOwn(metadata, "_paused") };
}

async function subscriptionsOf(places: readonly Place<unknown>[], signal: AbortSignal): Promise<readonly Subscribed[]> {
  const found: Subscribed[] = [];
  await concurrently(places, CONCURRENT, async (place) => {
    for await (const subscription of place.subscriptions.list({ signal })) found.push({ place, subscription });
  });
  return found;
}

function ofEnds(subscribed: readonly Subscribed[], part: string): ReturnType<typeof ok> {
  const ending = subscribed.filter(({ subscription }) => secondsLeft(subscription) < DAY_S);
  if (ending.length === 0) return ok("subscriptions", `none of ${subscribed.length} ends within a day${part}`);
  const names = ending.map(({ subscription: { source, id } }) => `${source} ${id}`);
  return warning(
    "subscriptions",
    `End within a day: ${named(names)}.`,
    "sukkal sub set QUEUE ID --ttl 365d renews one.",
  );
}

/** Subscribers that are not called because of their address, with the reason. */
async function blockedOf(subscribed: readonly Subscribed[], signal: AbortSignal): Promise<readonly string[]> {
  const blocked: string[] = [];
  const webhooks = subscribed.filter(({ subscription: { subscriber } }) => /^(?:trust\+)?https?:/.test(subscriber));
  await concurrently(webhooks, CONCURRENT, async ({ place, subscription: { id, source } }) => {
    const { attempts } = await place.subscriptions.deliveries(id, { signal });
    const attempt = attempts.find(({ outcome }) => outcome === "blocked");
    if (attempt !== undefined) blocked.push(`${source} ${id} (${attempt.reason ?? "blocked"})`);
  });
  return blocked;
}
