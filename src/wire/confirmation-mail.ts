/**
 * The mail that asks a mailbox to confirm its subscription. Its reader confirms by opening a page that the operator provides.
 * The query of the page's URL contains all data that the confirmation request needs. Upstream:
 * zaqar/notification/tasks/mailto.py.
 */
import { joinUrl, type Confirmation } from "./notifications.ts";

/** `page`: EXTERNAL_CONFIRMATION_URL. */
export function encodeConfirmationMail(confirmation: Confirmation, page: string): string {
  const { type, place, project } = confirmation;
  const [fact, offer] =
    type === "SubscriptionConfirmation"
      ? [`This address was subscribed to the messages of a ${place.kind}.`, "To receive them, open:"]
      : [`This address is no longer subscribed to the messages of a ${place.kind}.`, "To receive them again, open:"];
  return [
    fact,
    "",
    `${place.kind === "queue" ? "Queue" : "Topic"}: ${place.name}`,
    `Project: ${project}`,
    "",
    offer,
    confirmationLink(confirmation, page),
    "",
    "If you did not expect this mail you need not do anything.",
  ].join("\n");
}

/** Percent-encodes the values. Upstream does not, so that a project id with an ampersand breaks its link. */
function confirmationLink({ path, signature, project, expires, endpoints, place }: Confirmation, page: string): string {
  const values = {
    Signature: signature,
    Methods: "PUT",
    Paths: path,
    Project: project,
    Expires: expires,
    Url: endpoints.http === null ? "" : joinUrl(endpoints.http, path),
    Queue: place.name,
  };
  const query = Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${page}${page.includes("?") ? "&" : "?"}${query.join("&")}`;
}
