/**
 * Confirmation requests, which ask subscribers whether they want notifications. Each contains a signature for the subscription's
 * `confirm` resource, so only somebody who reads the subscriber's mail or requests can confirm. Upstream:
 * zaqar/notification/notifier.py.
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

interface ConfirmationRequest extends Pick<Confirmation, "type"> {
  readonly id: SubscriptionId;
  readonly subscriber: string;
  /** The life of the signature. */
  readonly ttl: Seconds;
}

/** Refuses a request that needs a confirmation for a project for which none can be signed. Called before anything is stored. */
export function requireSignableProject({ config, project }: PlaceContext): void {
  if (!config.requireConfirmation || isSignableProject(project)) return;
  throw new Refusal({ kind: "request-invalid", reason: UNSIGNABLE_PROJECT });
}

/** Sends a confirmation request, if confirmation is required and can be signed for the project. */
export async function requestConfirmation(context: PlaceContext, question: ConfirmationRequest): Promise<void> {
  const { type, id, subscriber, ttl } = question;
  const { config, signer, project, place } = context;
  const isMailbox = parseSubscriber(subscriber)?.kind === "mailto";
  const page = config.externalConfirmationUrl;
  // A mailbox gets a mail that links to the operator's page instead of a document. Without a page it gets nothing.
  if (!config.requireConfirmation || !isSignableProject(project) || (isMailbox && page === null)) return;
  const path = confirmationHref(place, id);
  const expiresAt = expiryOf(context, ttl);
  const generation = await context.stub().signingGeneration();
  const signature = await signer.sign({ paths: [path], methods: ["PUT"], project, expiresAt }, generation);
  if (signature === null) throw new Error("A service that requires confirmation has no signing key.");
  const expires = formatInstant(expiresAt);
  const endpoints = { http: config.publicUrl, websocket: null };
  const confirmation: Confirmation = { type, place, project, path, signature, expires, endpoints };
  const isText = isMailbox && page !== null;
  const document = isText ? encodeConfirmationMail(confirmation, page) : encodeConfirmation(confirmation);
  // A subscription that has ended meanwhile needs no confirmation.
  await context.stub().announce({ id, document });
}

/** The expiry of the signature: at most the operator's maximum for signed URLs, and the last instant that a date can express. */
function expiryOf({ config, clock }: Context, ttl: Seconds): EpochMs {
  const life = toSeconds(Math.min(ttl, config.signedUrlTtlMax ?? ttl));
  return toEpochMs(Math.min(after(clock(), life), LAST_INSTANT));
}
