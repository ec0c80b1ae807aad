/** The confirmation mail: its text, and the query of its link. */
import { expect, test } from "vitest";
import type { ProjectId, QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { encodeConfirmationMail } from "../../src/wire/confirmation-mail.ts";
import type { Confirmation } from "../../src/wire/notifications.ts";

const CONFIRMATION: Confirmation = {
  type: "SubscriptionConfirmation",
  place: queueNamed("orders" as QueueName),
  project: "a&b=c d/é" as ProjectId,
  path: "/v2/queues/orders/subscriptions/77a/confirm",
  signature: "0a1b",
  expires: "2030-01-01T00:00:00",
  endpoints: { http: "https://mq.example/messaging/", websocket: null },
};

const VALUES = {
  Signature: "0a1b",
  Methods: "PUT",
  Paths: "/v2/queues/orders/subscriptions/77a/confirm",
  Project: "a&b=c d/é",
  Expires: "2030-01-01T00:00:00",
  Url: "https://mq.example/messaging/v2/queues/orders/subscriptions/77a/confirm",
  Queue: "orders",
};

function linkOf(text: string): URL {
  const link = text.split("\n").find((line) => line.startsWith("https://"));
  return new URL(link ?? "");
}

test("a mail names queue and project and links the page with all that a confirmation takes", () => {
  const text = encodeConfirmationMail(CONFIRMATION, "https://confirm.example/page");
  expect(text).toContain("\nQueue: orders\nProject: a&b=c d/é\n");
  const link = linkOf(text);
  expect(`${link.origin}${link.pathname}`).toBe("https://confirm.example/page");
  expect(Object.fromEntries(link.searchParams)).toEqual(VALUES);
});

test("a mail about a topic says so", () => {
  const path = "/v2/topics/orders/subscriptions/77a/confirm";
  const place = { kind: "topic", name: "orders" as QueueName } as const;
  const text = encodeConfirmationMail({ ...CONFIRMATION, place, path }, "https://confirm.example/page");
  expect(text).toContain("subscribed to the messages of a topic");
  expect(text).toContain("\nTopic: orders\n");
  expect(Object.fromEntries(linkOf(text).searchParams)).toMatchObject({ Queue: "orders", Paths: path });
});

test("the page's URL keeps its own query", () => {
  const link = linkOf(encodeConfirmationMail(CONFIRMATION, "https://confirm.example/?lang=de"));
  expect(Object.fromEntries(link.searchParams)).toEqual({ lang: "de", ...VALUES });
});

test("a service that does not know its URL leaves it empty", () => {
  const endpoints = { http: null, websocket: null };
  const link = linkOf(encodeConfirmationMail({ ...CONFIRMATION, endpoints }, "https://confirm.example/"));
  expect(link.searchParams.get("Url")).toBe("");
});

test("the end of a subscription has other words", () => {
  const end: Confirmation = { ...CONFIRMATION, type: "UnsubscribeConfirmation" };
  const text = encodeConfirmationMail(end, "https://confirm.example/");
  expect(text).toContain("no longer subscribed");
  expect(Object.fromEntries(linkOf(text).searchParams)).toEqual(VALUES);
});
