/**
 * Confirmation requests, which ask subscribers whether they want notifications: a document with a
 * signature for the subscription's `confirm` resource. So only a reader of what is sent to the subscriber can confirm.
 * Upstream: zaqar/notification/notifier.py.
 */
import type { SubscriptionId } from "../domain/id.ts";
import { formatInstant, LAST_INSTANT } from "../domain/instant.ts";
import { Refusal } from "../domain/refusal.ts";
import { isSignableProject } from "../domain/signed-grant.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../domain/time.ts";
import { encodeConfirmationMail } from "../wire/confirmation-mail.ts";
import { confirmationHref } from "../wire/hrefs.ts";
import { encodeConfirmation, type Confirmation } from "../wire/notifications.ts";
import type { Context, PlaceContext } from "./context.ts";
import { UNSIGNABLE_PROJECT } from "./share.ts";

interface Question extends Pick<Confirmation, "type"> {
  readonly id: SubscriptionId;
  readonly subscriber: string;
  /** For how long the signature is valid. */
  readonly ttl: Seconds;
}

/** Refuses a request that needs a confirmation where none can be signed. Called before anything is stored. */
export function checkAskable({ config, project }: PlaceContext): void {
  if (!config.requireConfirmation || isSignableProject(project)) return;
  throw new Refusal({ kind: "request-invalid", reason: UNSIGNABLE_PROJECT });
}

/** Sends a confirmation request. Does nothing unless confirmation is required, and in a project that `checkAskable` refuses. */
export async function askToConfirm(context: PlaceContext, question: Question): Promise<void> {
  const { type, id, subscriber, ttl } = question;
  const { config, signer, project, place } = context;
  const isMailbox = parseSubscriber(subscriber)?.kind === "mailto";
  const page = config.externalConfirmationUrl;
  // A mailbox gets the address of the operator's page, where there is one, instead of a document.
  if (!config.requireConfirmation || !isSignableProject(project) || (isMailbox && page === null)) return;
  const path = confirmationHref(place, id);
  const expiresAt = expiryOf(context, ttl);
  const generation = await context.stub().signingGeneration();
  const signature = await signer.sign({ paths: [path], methods: ["PUT"], project, expiresAt }, generation);
  if (signature === null) throw new Error("A service that asks has a key to sign with.");
  const expires = formatInstant(expiresAt);
  const endpoints = { http: config.publicUrl, websocket: null };
  const confirmation: Confirmation = { type, place, project, path, signature, expires, endpoints };
  const isText = isMailbox && page !== null;
  const document = isText ? encodeConfirmationMail(confirmation, page) : encodeConfirmation(confirmation);
  // A subscription that has ended meanwhile needs no confirmation.
  await context.stub().announce({ id, document });
}

/** The expiry, at most what the operator allows for signed URLs and what a date can express. */
function expiryOf({ config, clock }: Context, ttl: Seconds): EpochMs {
  const life = toSeconds(Math.min(ttl, config.signedUrlTtlMax ?? ttl));
  return toEpochMs(Math.min(after(clock(), life), LAST_INSTANT));
}
