/** Limits as the console writes them: the unit follows from the name. */
import { expect, test } from "vitest";
import { limit } from "../../../console/src/text/limits.ts";

test.each([
  ["max_messages_post_size", 262_144, "256 KiB"],
  ["max_message_ttl", 1_209_600, "14 d"],
  ["min_claim_grace", 60, "1 min"],
  ["max_claim_wait", 20, "20 s"],
  ["idempotency_window", 86_400, "1 d"],
  ["signed_url_ttl_max", -1, "no limit"],
  ["websocket_reply_rate", 4_194_304, "4 MiB /s"],
  ["websocket_actions_per_second", 1000, "1,000 /s"],
  ["bytes_per_queue", 8_000_000_000, "8 GB"],
  ["max_waiting_claims", null, "no limit"],
  ["max_queues_per_page", 20, "20"],
  ["default_message_delay", 0, "none"],
])("%s of %s is %s", (name, value, text) => {
  expect(limit(name, value)).toBe(text);
});
