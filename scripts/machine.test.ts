/** `npm start` on machines without free disk space or without certificates. Needs permission to mount file systems. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { refuses, Start } from "./started.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-machine-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MEBIBYTE = 1024 * 1024;
const PATIENCE_MS = 10_000;

/** The reason to skip these tests; null: this user may mount. */
function reasonNotToMount(): string | null {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `this user may not mount anything: ${error instanceof Error ? error.message : String(error)}`;
  }
}
const skip = reasonNotToMount() ?? false;

test("with an almost full disk posts are refused, and claims and deletions work", { skip }, async () => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=96m", "none", disk]);
  try {
    const dataDir = join(disk, "data");
    const start = new Start({ DATA_DIR: dataDir, DISK_FREE_MIN: String(32 * MEBIBYTE) });
    await start.ready();
    // The service must work when somebody deletes this empty file.
    rmSync(join(dataDir, "disk-ok"));
    await exercise(start, dataDir);
    assert.equal(await start.end("SIGTERM"), 0);
    assert.throws(() => appendFileSync(join(disk, "rest"), Buffer.alloc(96 * MEBIBYTE, 1)), /ENOSPC/);
    await refuses(
      { DATA_DIR: join(disk, "new") },
      /cannot be written \(.*(full|ENOSPC)\)\. Free some disk space, or set DATA_DIR/,
    );
  } finally {
    execFileSync("umount", [disk]);
  }
});

async function exercise(start: Start, dataDir: string): Promise<void> {
  const headers = { "Client-ID": randomUUID(), "X-Project-ID": "p", "Content-Type": "application/json" };
  const ask = async (method: string, path: string, body?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${start.port}/v2/queues/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
  const post = (): Promise<Response> =>
    ask("POST", "q/messages", JSON.stringify({ messages: [{ body: "x".repeat(200_000), ttl: 300 }] }));

  let refused = await post();
  let stored = 0;
  for (; refused.status === 201; stored++) refused = await post();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("Retry-After"), "10");
  assert.match(await refused.text(), /The disk of the service is almost full/);
  assert.equal((await ask("PUT", "other")).status, 503);
  assert.ok(existsSync(join(dataDir, "reserve")));

  // Another program fills the rest of the disk.
  const rest = join(dataDir, "..", "rest");
  assert.throws(() => {
    for (;;) appendFileSync(rest, Buffer.alloc(MEBIBYTE, 1));
  }, /ENOSPC/);
  await until(() => !existsSync(join(dataDir, "reserve")));
  const popped = (await (await ask("DELETE", "q/messages?pop=5")).json()) as { readonly messages: unknown[] };
  assert.equal(popped.messages.length, 5);
  assert.match(await (await ask("GET", "q/stats")).text(), new RegExp(`"total":${stored - 5}`));
  rmSync(rest);
  assert.equal((await ask("DELETE", "q")).status, 204);
  await until(async () => (await post()).status === 201);
  await start.says(/posts are accepted again/);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 50) {
    assert.ok(waited < PATIENCE_MS, `The condition was not met within ${PATIENCE_MS} ms.`);
    await sleep(50);
  }
}

test(
  "without installed certificates the service uses those of Node, and names the package to install",
  { skip },
  async () => {
    const hidden = ["/etc/ssl", "/etc/pki", "/usr/share/ca-certificates"].filter((path) => existsSync(path));
    const hide = hidden.map((path) => `mount -t tmpfs none ${path}`).join(" && ");
    const start = new Start({ DATA_DIR: join(folder, "slim") }, { shell: ["unshare", "-m", "/bin/sh"], before: hide });
    await start.ready();
    assert.match(start.output, /ca-certificates/);
    assert.equal(await start.end("SIGTERM"), 0);
  },
);
