/**
 * The documents that subscribers receive. They have the format of Python's json.dumps (only ASCII) and upstream's order of
 * keys, for receivers that match text instead of parsing JSON. Upstream: zaqar/notification/notifier.py.
 */
import type { MessageNotification } from "../domain/delivery.ts";
import type { ProjectId, QueueName } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import type { Place } from "../domain/place.ts";
import type { QueueEvent } from "../domain/queue-events.ts";
import { formatUtc } from "../domain/instant.ts";
import type { EpochMs } from "../domain/time.ts";
import { toPythonJson } from "./python-json.ts";

/**
 * The body of a webhook request and of a mail. It has no id, age, project and checksum of the message. Numbers keep the text that
 * the poster wrote.
 */
export function encodeNotification(
  { ttl, body, delay }: Pick<MessageNotification, "ttl" | "body" | "delay">,
  queue: QueueName,
): string {
  const delayText = delay === null ? "" : `, "delay": ${delay}`;
  const message = `"ttl": ${ttl}, "body": ${toPythonJson(body, "as written")}${delayText}`;
  return `{${message}, "Message_Type": "Notification", "queue_name": "${queue}"}`;
}

/** What a subscriber gets when its owner tests the subscription. In place of "Notification" it says "Test". */
export function encodeTest(queue: QueueName): string {
  return `{"body": "A test of this subscription.", "Message_Type": "Test", "queue_name": "${queue}"}`;
}

/** An event of a queue. The member `event` is the first. */
export function encodeQueueEvent(event: QueueEvent, queue: QueueName, at: EpochMs): string {
  const document = { ...event, at: formatUtc(at), Message_Type: "QueueEvent", queue_name: queue };
  return toPythonJson(JSON.stringify(document) as JsonText);
}

/** The placeholder of the notification in `post_data`. Its quotes are replaced too, because the notification is an object. */
const MESSAGE_TOKEN = '"$zaqar_message$"';

/**
 * The maximum length of a request body made from `post_data`, in characters. A template can contain thousands of
 * placeholders, and dozens of requests can be in memory at a time, in an isolate of 128 MB.
 */
export const POST_DATA_CHARACTERS = 1024 * 1024;

/**
 * Replaces every placeholder of a `post_data` template by `notification`, an encoded notification. null: the result would be
 * longer than POST_DATA_CHARACTERS. A template with a single placeholder has no limit.
 */
export function applyPostData(template: string, notification: string): string | null {
  const parts = template.split(MESSAGE_TOKEN);
  const tokens = parts.length - 1;
  const characters = template.length + tokens * (notification.length - MESSAGE_TOKEN.length);
  return tokens > 1 && characters > POST_DATA_CHARACTERS ? null : parts.join(notification);
}

/** A confirmation request: asks a subscriber to confirm its subscription, or to confirm it again after it unsubscribed. */
export interface Confirmation {
  readonly type: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly place: Place;
  readonly project: ProjectId;
  /** The path of the subscription's `confirm` resource, beginning with /v2. The signature covers it. */
  readonly path: string;
  /** Hexadecimal. It permits a PUT of `path` until `expires`. */
  readonly signature: string;
  /** `YYYY-MM-DDTHH:MM:SS`, UTC. */
  readonly expires: string;
  /** Public URLs of the service; `path` is appended to them. null: unknown, so the document leaves the link out. */
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

/** Keeps the path of the endpoint, such as `/messaging`. Upstream's `urljoin` drops it. */
export function joinUrl(endpoint: string, path: string): string {
  return endpoint.replace(/\/+$/, "") + path;
}
