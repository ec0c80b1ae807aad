/** The transcripts of docs/MIGRATION.md, with a real Zaqar that has the queues of the document. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { checkTranscripts } from "../cli/transcript-runner.ts";
import { SKIP, Zaqar } from "./zaqar.ts";

const CONFIGURATION = `[DEFAULT]
auth_strategy = keystone
[transport]
max_messages_per_page = 100
[signed_url]
secret_key = not-shown
[keystone_authtoken]
auth_url = http://keystone.example.com:5000
memcached_servers = 192.0.2.1:11211
`;

test("the commands of docs/MIGRATION.md print what it shows", { skip: SKIP, timeout: 110_000 }, async (t) => {
  const scratch = makeScratch("migration");
  const service = await startServer({ server: ROOT });
  t.after(() => service.stop());
  const zaqar = await Zaqar.start(scratch.path);
  t.after(() => zaqar.stop());
  writeFileSync(join(scratch.path, "zaqar.conf"), CONFIGURATION);
  await zaqar.ask("PUT", "/v2/queues/orders", '{"_max_claim_count": 3, "_dead_letter_queue": "orders-dead"}');
  const subscription = '{"subscriber": "https://shop.example/hook", "ttl": 31536000}';
  await zaqar.ask("POST", "/v2/queues/orders/subscriptions", subscription);
  await zaqar.post(
    "orders",
    Array.from({ length: 1200 }, (_, index) => `{"order": ${index}}`),
  );
  await zaqar.post("mail", ['"a"', '"b"', '"c"']);
  const servers = [
    { documented: "http://zaqar.example.com:8888", url: zaqar.url },
    { documented: "http://127.0.0.1:8787", url: service.url },
  ];
  const text = readFileSync(join(ROOT, "docs/MIGRATION.md"), "utf8");
  await checkTranscripts(t, { text, servers, folder: scratch.path, timeoutMs: 90_000 });
  scratch.remove();
});
