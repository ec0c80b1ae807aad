/**
 * Asking subscribers whether they want notifications (extended contract 1.13): a document with a signature that opens
 * the subscription's `confirm` resource, so that whoever reads what is sent to the subscriber can answer, and nobody else.
 * Upstream: zaqar/notification/notifier.py.
 */
import type { QueueName, SubscriptionId } from "../domain/id.ts";
import { formatInstant, LAST_INSTANT } from "../domain/instant.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../domain/time.ts";
import { encodeConfirmationMail } from "../wire/confirmation-mail.ts";
import { confirmationHref } from "../wire/hrefs.ts";
import { encodeConfirmation, type Confirmation } from "../wire/notifications.ts";
import { projectOf, type Context } from "./operation.ts";
import { queueOf } from "./queues.ts";

interface Question extends Pick<Confirmation, "type"> {
  readonly queue: QueueName;
  readonly id: SubscriptionId;
  readonly subscriber: string;
  /** How long it can be answered. */
  readonly ttl: Seconds;
}

/** Does nothing in a service that asks nobody. */
export async function askToConfirm(context: Context, question: Question): Promise<void> {
  const { type, queue, id, subscriber, ttl } = question;
  const { config, signer } = context;
  const isMailbox = parseSubscriber(subscriber)?.kind === "mailto";
  const page = config.externalConfirmationUrl;
  // A mailbox is sent a page to open instead of a document, where the operator has one.
  if (!config.requireConfirmation || (isMailbox && page === null)) return;
  const project = projectOf(context);
  const path = confirmationHref(queue, id);
  const expiresAt = expiryOf(context, ttl);
  const generation = await queueOf(context, queue).signingGeneration();
  const signature = await signer.sign({ paths: [path], methods: ["PUT"], project, expiresAt }, generation);
  if (signature === null) throw new Error("A service that asks has a key to sign with.");
  const expires = formatInstant(expiresAt);
  const endpoints = { http: config.publicUrl, websocket: null };
  const confirmation: Confirmation = { type, queue, project, path, signature, expires, endpoints };
  const isText = isMailbox && page !== null;
  const document = isText ? encodeConfirmationMail(confirmation, page) : encodeConfirmation(confirmation);
  // A subscription that has ended meanwhile has nobody to ask.
  await queueOf(context, queue).announce({ id, document });
}

/** No later than the operator lets any signed URL live, and than can be written. */
function expiryOf({ config, clock }: Context, ttl: Seconds): EpochMs {
  const life = toSeconds(Math.min(ttl, config.signedUrlTtlMax ?? ttl));
  return toEpochMs(Math.min(after(clock(), life), LAST_INSTANT));
}
