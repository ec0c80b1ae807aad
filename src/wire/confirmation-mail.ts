/**
 * The question whether a mailbox wants notifications (extended contract 1.13): text for a person, who answers by opening
 * a page of the operator's. The page confirms with what its address carries. Upstream: zaqar/notification/tasks/mailto.py.
 */
import { joinUrl, type Confirmation } from "./notifications.ts";

/** `page`: the operator's, as EXTERNAL_CONFIRMATION_URL names it. */
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

/** Upstream leaves the values as they are, so that a project with an ampersand makes another link. */
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
