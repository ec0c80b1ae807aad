/** The README's lines of JavaScript, run by Node against the service that `npm start` starts. They print what the README shows. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { endWithThisProcess } from "../../bench/children.ts";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";

const [, code = "", shown = ""] =
  /```js\n(.*?)```.*?```text\n(.*?)```/s.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];

test("the lines of JavaScript print the reply, and then what is posted", async () => {
  const scratch = makeScratch("readme");
  const server = await Server.start({ dataDir: scratch.path });
  const program = code.replace("127.0.0.1:8787", `127.0.0.1:${server.port}`);
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const forget = endWithThisProcess(() => child.kill("SIGKILL"));
  try {
    const printed = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const expected = shown.trim().split("\n");
    assert.equal(expected.length, 2);
    for (const line of expected) {
      assert.match(String((await printed.next()).value), toPattern(line));
      await post(server.url);
    }
  } finally {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    forget();
    await server.stop();
    scratch.remove();
  }
});

async function post(url: string): Promise<void> {
  const response = await fetch(`${url}/v2/queues/jobs/messages`, {
    method: "POST",
    headers: { "Client-ID": crypto.randomUUID(), "X-Project-ID": "demo" },
    body: '{"messages": [{"body": {"resize": "cat.png"}, "ttl": 3600}]}',
  });
  assert.equal(response.status, 201);
}

/** An ellipsis stands for anything. */
function toPattern(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}
