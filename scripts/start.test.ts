/** `npm start` from outside: its output, the starts that it refuses, its shutdown and its restarts. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadGenerator } from "../bench/load/generator.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { refuses, shell, Start } from "./started.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-start-"));
const dataDir = join(folder, "data");

after(() => rmSync(folder, { recursive: true, force: true }));

test("prints curl examples that work, and keeps the data over a restart", async () => {
  const first = new Start({ DATA_DIR: dataDir });
  const [post, claim, stats] = (await first.ready()).match(/curl .*/g) ?? [];
  assert.match(shell(post), /^\{"resources":/);
  assert.match(shell(claim), /"body":"hello"/);
  assert.equal(first.output.match(/AUTH_STRATEGY=none trusts .* can act as any project/g)?.length, 1, first.output);
  assert.equal(await first.end("SIGTERM"), 0);
  assert.equal(existsSync(join(dataDir, "workerd.pid")), false);

  const second = new Start({ DATA_DIR: dataDir, PORT: String(first.port) });
  await second.ready();
  assert.match(shell(stats), /"claimed":1,"free":0,"total":1/);
  assert.equal(await second.end("SIGINT"), 0);
});

test("tells which variables are misspelt settings, and no others", async () => {
  const start = new Start({
    ...process.env,
    DATA_DIR: dataDir,
    PORT: "0",
    AUTH_STRATEGIE: "keys",
    LOG_FORMATS: "json",
  });
  const told = (await start.ready()).match(/^.* is no setting, .*$/gm);
  assert.deepEqual(told?.toSorted(), [
    "AUTH_STRATEGIE is no setting, and has no effect: did you mean AUTH_STRATEGY?",
    "LOG_FORMATS is no setting, and has no effect: did you mean LOG_FORMAT?",
  ]);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("answers waiting claims when it is stopped, and ends soon", async () => {
  const start = new Start({ DATA_DIR: dataDir });
  await start.ready();
  const headers = {
    "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c",
    "X-Project-ID": "waiting",
    Prefer: "wait=20",
  };
  const claim = async (queue: number): Promise<number> =>
    (await fetch(`http://127.0.0.1:${start.port}/v2/queues/q${queue}/claims`, { method: "POST", headers })).status;
  const waiting = Array.from({ length: 20 }, (_, index) => claim(index % 5));
  // Far longer than the requests need to arrive.
  await sleep(500);
  const began = performance.now();
  const exit = start.end("SIGTERM");
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([204]));
  assert.equal(await exit, 0);
  assert.ok(performance.now() - began < 3_000, start.output);
});

test("closes a CONNECT, which needs no credential, without a line in the log", async () => {
  const start = new Start({ DATA_DIR: dataDir });
  await start.ready();
  const before = start.output;
  for (let request = 0; request < 3; request++) {
    const socket = connect(start.port, "127.0.0.1");
    socket.resume();
    socket.write("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    await once(socket, "close");
  }
  assert.equal((await fetch(`http://127.0.0.1:${start.port}/`)).status, 300);
  assert.equal(await start.end("SIGTERM"), 0);
  assert.equal(start.output, before);
});

test("accepts many simultaneous first requests with a new key", async () => {
  const ADMIN_API_KEY = `sk_admin_${"0123456789abcdef".repeat(2)}`;
  const start = new Start({ DATA_DIR: dataDir, AUTH_STRATEGY: "keys", ADMIN_API_KEY });
  await start.ready();
  const load = new LoadGenerator();
  const job = { workload: "cycle", connections: 64, port: start.port, serverPid: 0, warmupSeconds: 0 } as const;
  try {
    for (let round = 0; round < 25; round++) {
      const response = await fetch(`http://127.0.0.1:${start.port}/v2/keys`, {
        method: "POST",
        headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c" },
        body: JSON.stringify({ project_id: `shop-${round}` }),
      });
      const { key } = (await response.json()) as { readonly key: string };
      // One life of messages per connection. Throws when a connection breaks or an answer is wrong.
      await load.run({ ...job, queues: ["jobs"], identity: `X-Auth-Token: ${key}`, seconds: 20, requests: 3 * 64 });
    }
  } finally {
    load.stop();
  }
  assert.equal(await start.end("SIGTERM"), 0);
});

test("refuses a folder that another start uses, also when only its workerd is left", async () => {
  const owner = new Start({ DATA_DIR: dataDir });
  await owner.ready();
  await refuses(
    { DATA_DIR: dataDir },
    /^Sukkal is not running: The data folder .* is in use by another npm start \(process \d+\)\. Stop that one, or set DATA_DIR/m,
  );
  const workerd = workerdPid();
  await owner.kill();
  try {
    const sentence = `in use by workerd \\(process ${workerd}\\), whose npm start was killed\\. Stop it: kill ${workerd}`;
    await refuses({ DATA_DIR: dataDir }, new RegExp(sentence));
  } finally {
    process.kill(workerd, "SIGKILL");
  }
  const heir = new Start({ DATA_DIR: dataDir });
  await heir.ready();
  assert.equal(await heir.end("SIGTERM"), 0);
});

test("reports the end of workerd, and restarts it with the same data on the same port", async () => {
  const start = new Start({ DATA_DIR: dataDir });
  const [post, , stats] = (await start.ready()).match(/curl .*/g) ?? [];
  shell(post);
  process.kill(workerdPid(), "SIGKILL");
  await start.says(/workerd ended by itself \(SIGKILL\)[^]* started again at once\.[^]*Sukkal serves http:\S+ again\./);
  assert.match(shell(stats), /"claimed":1,"free":1,"total":2/);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("restarts workerd with growing delays, and gives up after repeated short runs", () => {
  const restarts = new RestartPolicy();
  const delays = [100, 100, 100, 100, 100, 100].map((duration) => restarts.delayAfter(duration));
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, null]);
  assert.match(restarts.summary, /6 times in a row/);
  const rare = new RestartPolicy();
  assert.deepEqual(
    [1, 60_000, 59_999, 60_000].map((duration) => rare.delayAfter(duration)),
    [0, 0, 1000, 0],
  );
});

test("raises the soft limit of file descriptors to the hard limit", async () => {
  const start = new Start({ DATA_DIR: dataDir }, { before: "ulimit -Sn 256" });
  await start.ready();
  const [, soft, hard] =
    /Max open files +(\d+) +(\d+)/.exec(readFileSync(`/proc/${workerdPid()}/limits`, "utf8")) ?? [];
  assert.equal(soft, hard);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("survives more connections, queues and reads than it has file descriptors for", async () => {
  const start = new Start({ DATA_DIR: join(folder, "few") }, { before: "ulimit -n 256" });
  await start.ready();
  assert.match(start.output, /The limit of file descriptors is 256 \(ulimit -Hn\), which allows only 42 queues in use/);
  const url = `http://127.0.0.1:${start.port}/v2/queues`;
  const headers = { "Client-ID": randomUUID(), "X-Project-ID": "p" };
  const ask = async (path: string, method = "GET"): Promise<number> =>
    (await fetch(url + path, { method, headers })).status;
  for (let queue = 0; queue < 400; queue++) assert.equal(await ask(`/ghost-${queue}/stats`), 200);
  const statuses = [];
  for (let queue = 0; queue < 60; queue++) statuses.push(await ask(`/q${queue}`, "PUT"));
  // 256 / 2 / 3, one of which has the figures of the project.
  assert.deepEqual(new Set(statuses.slice(0, 41)), new Set([201]));
  assert.deepEqual(new Set(statuses.slice(43)), new Set([503]));

  const idle = Array.from({ length: 300 }, () => connect(start.port, "127.0.0.1").on("error", () => undefined));
  // workerd may end here: that depends on which call runs out of descriptors first.
  await start.says(/Too many open files/);
  for (const socket of idle) socket.destroy();
  for (let tries = 0; (await ask("/q0/stats").catch(() => null)) !== 200; tries++) {
    assert.ok(tries < 100, start.output.slice(-2000));
    await sleep(100);
  }
  assert.equal(await ask("/q0", "PUT"), 204);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("refuses a port that is in use", async () => {
  const holder = createServer();
  await once(holder.listen(0, "127.0.0.1"), "listening");
  const address = holder.address();
  const port = address !== null && typeof address === "object" ? String(address.port) : "";
  await refuses(
    { DATA_DIR: dataDir, PORT: port },
    new RegExp(`Port ${port} of 127.0.0.1 is in use by another program\\. Stop it, or set PORT`),
  );
  holder.close();
});

test("refuses a folder that cannot be written", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "below"), "/proc/nothing"]) {
    await refuses({ DATA_DIR: path }, /The data folder .* cannot be written \(\w+\).*set DATA_DIR/i);
  }
});

test("refuses a folder with files of another user, and names one", { skip: process.getuid?.() !== 0 }, async () => {
  const shared = join(folder, "shared");
  const first = new Start({ DATA_DIR: shared });
  const [post] = (await first.ready()).match(/curl .*/g) ?? [];
  shell(post);
  assert.equal(await first.end("SIGTERM"), 0);
  chmodSync(folder, 0o755);
  execFileSync("chown", ["-R", "65534:65534", shared]);
  mkdirSync(join(shared, "lost+found"), { mode: 0o700 });
  const heir = new Start({ DATA_DIR: shared }, { uid: 65_534 });
  await heir.ready();
  assert.equal(await heir.end("SIGTERM"), 0);

  const databases = join(shared, "sukkal-queue");
  const [database = ""] = readdirSync(databases).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
  chownSync(join(databases, database), 0, 0);
  const sentence = `The data folder .* contains sukkal-queue/${database}, which this user cannot write \\(EACCES\\)`;
  await refuses({ DATA_DIR: shared }, new RegExp(sentence), { uid: 65_534 });
});

test("warns when nobody can create keys, and says what to do", async () => {
  const start = new Start({ DATA_DIR: join(folder, "keys"), AUTH_STRATEGY: "keys" });
  await start.ready();
  assert.match(
    start.output,
    /^ADMIN_API_KEY is not set.* To generate a value: npm run --silent keys -- new-admin-key$/m,
  );
  assert.equal(await start.end("SIGTERM"), 0);
});

test("trusts everybody on this machine's own addresses only, unless that is stated", async () => {
  for (const HOST of ["0.0.0.0", "::", "192.0.2.1", "1270.0.0.1", "localhost.example"]) {
    await refuses(
      { DATA_DIR: dataDir, HOST },
      /HOST is ".+": other machines may reach it, and AUTH_STRATEGY is not set/,
    );
  }
  for (const settings of [{ HOST: "localhost" }, { HOST: "127.0.0.2" }, { HOST: "0.0.0.0", AUTH_STRATEGY: "none" }]) {
    const start = new Start({ DATA_DIR: join(folder, "hosts"), ...settings });
    await start.ready();
    assert.equal(await start.end("SIGTERM"), 0);
  }
});

test("refuses an invalid setting and names it", async () => {
  await refuses({ DATA_DIR: dataDir, PORT: "http" }, /PORT is "http": it must be a whole number/);
  await refuses(
    { DATA_DIR: dataDir, HOST: "192.0.2.1", AUTH_STRATEGY: "none" },
    /HOST is "192.0.2.1": this machine has no such address/,
  );
  await refuses({ DATA_DIR: dataDir, MAX_CLAIM_TTL: "a day" }, /MAX_CLAIM_TTL is "a day"/);
  await refuses({ DATA_DIR: dataDir, AUTH_STRATEGY: "kerberos" }, /AUTH_STRATEGY is "kerberos"/);
  await refuses({ DATA_DIR: dataDir, JURISDICTION: "eu" }, /JURISDICTION is "eu": only Cloudflare has/);
});

function workerdPid(): number {
  return Number(readFileSync(join(dataDir, "workerd.pid"), "utf8"));
}
