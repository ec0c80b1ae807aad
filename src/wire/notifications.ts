/**
 * What subscribers receive (extended contract 1.10, 1.13): JSON as Python writes it, only ASCII, keys in upstream's
 * order. Receivers compare neither, but scripts that match text do. Upstream: zaqar/notification/notifier.py.
 */
import type { MessageNotification } from "../domain/delivery.ts";
import type { ProjectId, QueueName } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import type { Place } from "../domain/place.ts";
import { toPythonJson } from "./checksum.ts";

/**
 * The body of a webhook's request and of a mail, without the id, age, project or checksum of the message. Numbers in the message
 * stay as they were written.
 */
export function encodeNotification(
  { ttl, body, delay }: Pick<MessageNotification, "ttl" | "body" | "delay">,
  queue: QueueName,
): string {
  const delayText = delay === null ? "" : `, "delay": ${delay}`;
  const message = `"ttl": ${ttl}, "body": ${toPythonJson(body, "as written")}${delayText}`;
  return `{${message}, "Message_Type": "Notification", "queue_name": "${queue}"}`;
}

/** Stands for the notification in `post_data`, with its quotes: what replaces it is an object, not a string. */
const MESSAGE_TOKEN = '"$zaqar_message$"';

/**
 * Characters that are never too many for a request made from `post_data`. A template of tokens multiplies a message by
 * thousands, and dozens of requests wait for answers in an isolate of 128 MB.
 */
export const POST_DATA_CHARACTERS = 1024 * 1024;

/**
 * The body of a request to a subscriber with `post_data`: every token of the template replaced by `notification`, an
 * encoded one. Null when that would be longer than POST_DATA_CHARACTERS, and than the template with the message once.
 */
export function applyPostData(template: string, notification: string): string | null {
  const parts = template.split(MESSAGE_TOKEN);
  const tokens = parts.length - 1;
  const characters = template.length + tokens * (notification.length - MESSAGE_TOKEN.length);
  return tokens > 1 && characters > POST_DATA_CHARACTERS ? null : parts.join(notification);
}

/** The two documents that ask a subscriber whether it wants notifications. */
export interface Confirmation {
  readonly type: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly place: Place;
  readonly project: ProjectId;
  /** Of the subscription's `confirm` resource, from /v2; what the signature is for. */
  readonly path: string;
  /** Hexadecimal, over a PUT of `path` until `expires`. */
  readonly signature: string;
  /** `YYYY-MM-DDTHH:MM:SS`, UTC. */
  readonly expires: string;
  /** Public URLs of the service, to which `path` is appended; a transport whose URL is not known is left out. */
  readonly endpoints: { readonly http: string | null; readonly websocket: string | null };
}

export function encodeConfirmation(confirmation: Confirmation): string {
  const { type, place, project, path, signature, expires, endpoints } = confirmation;
  const source = `${place.kind}: ${place.name}`;
  const document = {
    ...(endpoints.http === null ? {} : { WSGISubscribeURL: joinUrl(endpoints.http, path) }),
    ...(endpoints.websocket === null ? {} : { WebSocketSubscribeURL: joinUrl(endpoints.websocket, path) }),
    Message_Type: type,
    Message:
      type === "SubscriptionConfirmation"
        ? `You have chosen to subscribe to the ${source}`
        : `You have unsubscribed successfully to the ${source}, you can resubscribe it by using confirmed=True.`,
    "URL-Signature": signature,
    "URL-Methods": "PUT",
    "URL-Paths": path,
    "X-Project-ID": project,
    "URL-Expires": expires,
    SubscribeBody: { confirmed: true },
    UnsubscribeBody: { confirmed: false },
    queue_name: place.name,
  };
  return toPythonJson(JSON.stringify(document) as JsonText);
}

/** Keeps the endpoint's own path, such as `/messaging`, which upstream's `urljoin` loses. */
export function joinUrl(endpoint: string, path: string): string {
  return endpoint.replace(/\/+$/, "") + path;
}
