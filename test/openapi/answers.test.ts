/**
 * The check that all tests of the API make of every answer: it accepts what the service answers, and refuses the same answer with
 * anything changed.
 */
import { expect, test } from "vitest";
import { project, type Answer } from "../support/drivers/zaqar-client.ts";
import { defectOf } from "../support/openapi-answers.ts";

const TARGET = "/v2/queues/orders/claims?limit=1";

/** The answer to a claim of one message. */
async function claimed(): Promise<Answer> {
  const queue = await project().queue();
  await queue.post("one");
  const answer = await queue.send("POST", "/claims?limit=1", { body: { ttl: 60, grace: 60 } });
  expect(defectOf("POST", TARGET, answer)).toBeNull();
  return answer;
}

interface Received {
  status: number;
  headers: Headers;
  text: string;
}

const MUTATIONS: readonly (readonly [what: string, mutate: (answer: Received) => void, defect: string])[] = [
  ["another status", (answer) => (answer.status = 202), "has no status 202"],
  ["a required header missing", ({ headers }) => headers.delete("Location"), "no location"],
  ["a header more", ({ headers }) => headers.set("X-More", "1"), "the header x-more is not described"],
  ["another Content-Type", ({ headers }) => headers.set("Content-Type", "text/plain"), "text/plain is not described"],
  ["no Content-Type", ({ headers }) => headers.delete("Content-Type"), "no Content-Type"],
  ["a member more", (answer) => (answer.text = answer.text.replace('"ttl"', '"more":1,"ttl"')), "more"],
  ["a member missing", (answer) => (answer.text = answer.text.replace(/"age":\d+,/, "")), "age"],
  ["a member of another type", (answer) => (answer.text = answer.text.replace(/"ttl":\d+/, '"ttl":"60"')), "ttl"],
  ["a number below its minimum", (answer) => (answer.text = answer.text.replace(/"age":\d+/, '"age":-1')), "age"],
  ["a member of the root more", (answer) => (answer.text = answer.text.replace("{", '{"more":1,')), "more"],
];

test.each(MUTATIONS)("%s is refused", async (_, mutate, defect) => {
  const { status, headers, text } = await claimed();
  const mutated = { status, headers: new Headers(headers), text };
  mutate(mutated);
  expect(defectOf("POST", TARGET, mutated)).toContain(defect);
});

test("an error with a code that the endpoint does not describe is refused", async () => {
  const { status, headers, text } = await project().missingQueue().send("GET", "/claims/unknown");
  const target = "/v2/queues/orders/claims/unknown";
  expect(defectOf("GET", target, { status, headers, text })).toBeNull();
  const mutated = { status, headers, text: text.replace("claim-not-found", "key-not-found") };
  expect(defectOf("GET", target, mutated)).toContain("the code key-not-found is not described");
});

test("a success of a request that no endpoint describes is refused", () => {
  const answer = { status: 200, headers: new Headers({ "Content-Type": "application/json" }), text: "{}" };
  expect(defectOf("GET", "/v2/nowhere", answer)).toContain("no endpoint is described");
  expect(defectOf("HEAD", "/v2/queues/orders", answer)).toContain("no endpoint is described");
});
