/** Where the search of the built pages leads for words of newcomers and of other services. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finderOf } from "../../../docs/site/browser/finder.ts";
import type { Entry } from "../../../docs/site/search-index.ts";

const FOLDER = join(import.meta.dirname, "../../../dist/site/docs");
const [INDEX = ""] = readdirSync(FOLDER).filter((name) => /^search-.*\.json$/.test(name));
const find = await finderOf(JSON.parse(readFileSync(join(FOLDER, INDEX), "utf8")) as readonly Entry[]);

test.each([
  ["ack", "guides-producer-consumer.html#post-claim-delete"],
  ["amqp", "guides-other-services.html#other-protocols-amqp-mqtt-stomp-kafka"],
  ["backup", "self-hosting.html#backup-and-restore"],
  ["cors", "compatibility.html#http"],
  ["create a queue", "guides-queues.html#create"],
  ["cron", "guides-other-services.html#recurring-messages-cron"],
  ["dedupe", "compatibility.html#idempotent-posts"],
  ["delete queue", "guides-queues.html#delete"],
  ["dlq", "guides-dead-letters.html"],
  ["exactly once", "guides-other-services.html#exactly-once-delivery"],
  ["failover", "guides-other-services.html#a-cluster-of-your-own-machines-high-availability-and-failover"],
  ["fifo", "guides-other-services.html#strict-order-fifo-and-message-groups"],
  ["filter", "guides-other-services.html#filters-of-subscriptions"],
  ["heat", "examples-heat-readme.html"],
  ["k8s", "deploy-readme.html#kubernetes"],
  ["long polling", "compatibility.html#waiting-for-messages"],
  ["pricing", "deploy.html#costs"],
  ["priorities", "guides-other-services.html#priority-of-messages"],
  ["python", "examples-readme.html"],
  ["rate limit", "compatibility.html#quotas"],
  ["rename a queue", "guides-queues.html#rename"],
  ["retention period", "guides-metadata.html#_default_message_ttl"],
  ["retry", "guides-metadata.html#_retry_policy"],
  ["sqs", "guides-other-services.html"],
  ["terraform", "examples-terraform-readme.html"],
  ["ttl", "guides-metadata.html#_default_message_ttl"],
  ["visibility timeout", "client.html#consume"],
])("%s leads to %s, among the first three", (text, address) => {
  const hrefs = find(text).map(({ href }) => href);
  expect(hrefs.slice(0, 3).filter((href) => href.startsWith(address))).not.toEqual([]);
});

test.each([
  ["10,000 characters", "a".repeat(10_000)],
  ["as many words", "claim ".repeat(1_700)],
  ["marks of patterns", "([a-z]+)*$ \\ {2} |"],
  ["HTML", "<img src=x onerror=alert(1)>"],
  ["no letters", "!!! ???"],
])("%s are a text like another", (_, text) => {
  expect(Array.isArray(find(text))).toBe(true);
});
