/**
 * The image, compose.yaml and the unit: the commands of deploy/README.md, and what operators rely on. Needs permission to run
 * containers.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Queue, Sukkal } from "sukkal/client";
import { ROOT } from "../../scripts/wrangler.ts";
import { until } from "../versions/caller.ts";
import { Containers, OPEN_FILES } from "./containers.ts";
import { bodiesIn, freePort, isHealthy } from "./service.ts";

const SETTINGS = join(ROOT, "deploy/sukkal.env");
const COMPOSE = "docker compose --file deploy/compose.yaml";
/** stop_grace_period of compose.yaml and TimeoutStopSec of the unit are longer. */
const STOP_MS_MAX = 8_000;
/** Time for a request to arrive and begin to wait: far longer than on an idle machine. */
const ARRIVAL_MS = 300;
/** The commands of the section Container, a text per block. */
const [BUILD_AND_START = "", FIRST_MESSAGE = ""] = [
  ...(/^## Container\n([^]*?)^## /m.exec(readFileSync(join(ROOT, "deploy/README.md"), "utf8"))?.[1] ?? "").matchAll(
    /^```sh\n([^]*?)^```/gm,
  ),
].map(([, commands = ""]) => commands.trim());

let containers: Containers;
let url: string;

before(async () => {
  assert.ok(!existsSync(SETTINGS), `${SETTINGS} exists: the commands of deploy/README.md would replace it`);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  containers = new Containers({ port });
  await containers.prepare();
  await containers.run(BUILD_AND_START);
});

after(async () => {
  await containers.remove();
  rmSync(SETTINGS, { force: true });
});

async function run(command: string): Promise<string> {
  return await containers.run(command);
}

async function isServing(at = url): Promise<void> {
  await until(`${at} is healthy`, () => isHealthy(at));
}

/** Asserts that a stop answers a claim that waits, and takes less time than the supervisor grants. */
async function endsWait(queue: Queue, stop: string): Promise<void> {
  let isAnswered = false;
  const wait = queue.claim({ wait: 20 }).finally(() => (isAnswered = true));
  await sleep(ARRIVAL_MS);
  assert.ok(!isAnswered, "it waits");
  const began = performance.now();
  await run(stop);
  assert.ok(performance.now() - began < STOP_MS_MAX);
  assert.equal(await wait, null);
}

describe("the image with compose.yaml", () => {
  let queue: Queue;
  let idle: Queue;

  before(async () => {
    await isServing();
    const output = await run(`${FIRST_MESSAGE.replace("http://127.0.0.1:8787", url)}; echo; echo "$KEY"`);
    const [answer = "", key = ""] = output.split("\n");
    assert.match(answer, /"resources":\["\/v2\/queues\/jobs\/messages\//);
    const sukkal = new Sukkal({ url, key });
    [queue, idle] = [sukkal.queue("jobs"), sukkal.queue("idle")];
  });

  /** The output of a shell command in the container. */
  async function inside(command: string): Promise<string> {
    return await run(`${COMPOSE} exec -T sukkal sh -c '${command}'`);
  }

  async function id(): Promise<string> {
    return await run(`${COMPOSE} ps --quiet`);
  }

  test("the commands of deploy/README.md make it, and post a message", async () => {
    assert.deepEqual(await bodiesIn(queue), ["hello"]);
  });

  test("the health check shows whether the service runs", async () => {
    await run(`podman healthcheck run ${await id()}`);
    const json = await run("podman image inspect --format '{{json .HealthCheck.Test}}' sukkal-server");
    const [kind, ...words] = JSON.parse(json) as readonly string[];
    assert.equal(kind, "CMD");
    const command = words.map((word) => `'${word}'`).join(" ");
    await assert.rejects(run(`podman run --rm sukkal-server ${command}`), { code: 1 });
  });

  test("the service has no rights of root, and writes only to its volume and /tmp", async () => {
    const status = await inside("cat /proc/1/status");
    assert.match(status, /^Uid:\t1000\t1000\t1000\t1000$/m);
    assert.match(status, /^CapBnd:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.equal(await inside("ulimit -Hn"), String(OPEN_FILES));
    const written =
      "for path in / /opt/sukkal /home/node /tmp /data; do touch $path/x 2>/dev/null && echo $path; done; :";
    assert.equal(await inside(written), "/tmp\n/data");
  });

  test("the image contains certificates, and no package manager, compiler or source", async () => {
    assert.match(await inside("head -n 1 /etc/ssl/certs/ca-certificates.crt"), /BEGIN CERTIFICATE/);
    assert.equal(await inside("for name in npm npx corepack yarn cc make python3; do command -v $name; done; :"), "");
    assert.equal(await inside("ls -d /source /usr/local/lib/node_modules 2>/dev/null; :"), "");
  });

  test("orphans are reaped", async () => {
    await inside("sleep 0.05 &");
    const processes = 'for file in /proc/[0-9]*/stat; do cut -d " " -f 2,3 $file; done';
    await until("the orphan is gone", async () => !(await inside(processes)).includes("(sleep)"));
  });

  test("SIGTERM answers a waiting claim, the exit code is 0, and a restart keeps the messages", async () => {
    await endsWait(idle, `${COMPOSE} stop`);
    assert.equal(await run(`podman inspect --format '{{.State.ExitCode}}' ${await id()}`), "0");
    await run(`${COMPOSE} start`);
    await isServing();
    assert.deepEqual(await bodiesIn(queue), ["hello"]);
  });

  test("messages are kept when the container is killed and replaced", async () => {
    await queue.post("second");
    await run(`podman kill --signal KILL ${await id()} && ${COMPOSE} up --detach --force-recreate`);
    await isServing();
    assert.deepEqual(await bodiesIn(queue), ["hello", "second"]);
  });

  test("a second container on the volume is refused", async () => {
    const second = run("podman run --rm --volume sukkal_data:/data sukkal-server");
    await assert.rejects(second, { code: 1, stderr: /is in use by another/ });
  });

  test("without settings the image trusts nobody", async () => {
    const port = await freePort();
    const container = await run(`podman run --detach --network host --env PORT=${port} sukkal-server`);
    await isServing(`http://127.0.0.1:${port}`);
    const headers = { "X-Project-ID": "shop", "X-Roles": "admin", "Client-ID": crypto.randomUUID() };
    assert.equal((await fetch(`http://127.0.0.1:${port}/v2/queues`, { headers })).status, 401);
    await run(`podman stop ${container}`);
  });
});

describe("the systemd unit", () => {
  /** `systemd-analyze security` gives 1.1; 0 is best and 10 is worst. */
  const EXPOSURE_TENTHS_MAX = 11;
  let machine: string;
  let unit: string;
  let queue: Queue;
  let idle: Queue;

  /** Boots systemd in a container, in the network of this machine. */
  before(async () => {
    const dockerfile = `FROM sukkal-server
USER 0
RUN apt-get update && apt-get install --yes --no-install-recommends systemd
RUN rm /lib/systemd/system/*.wants/* && ln -s /opt/sukkal/bin/sukkal-server /usr/local/bin
COPY sukkal.service /etc/systemd/system/
COPY --chmod=600 sukkal.env.example /etc/sukkal.env
ENTRYPOINT ["/lib/systemd/systemd"]`;
    await run(`docker build --tag machine --file - deploy <<'END'\n${dockerfile}\nEND`);
    machine = await run("podman run --detach --privileged --systemd always --network host machine");
    await until("systemd has booted", async () =>
      /running|degraded/.test(await inside("systemctl is-system-running || :")),
    );
    const port = await freePort();
    unit = `http://127.0.0.1:${port}`;
    await inside(`printf 'AUTH_STRATEGY=none\\nPORT=${port}\\n' >> /etc/sukkal.env`);
    await inside("systemctl start sukkal");
    await isServing(unit);
    const sukkal = new Sukkal({ url: unit, project: "shop" });
    [queue, idle] = [sukkal.queue("jobs"), sukkal.queue("idle")];
    await queue.post("hello");
  });

  async function inside(command: string): Promise<string> {
    return await run(`podman exec ${machine} sh -c "${command}"`);
  }

  test("systemd finds no fault in it, and little that is exposed", async () => {
    assert.equal(await inside("systemd-analyze verify sukkal.service 2>&1"), "");
    await inside(`systemd-analyze security --no-pager --threshold=${EXPOSURE_TENTHS_MAX} sukkal`);
  });

  test("the service has a user of its own, and private data", async () => {
    const status = await inside("cat /proc/\\$(systemctl show --property MainPID --value sukkal)/status");
    assert.doesNotMatch(status, /^Uid:.*\t0\t/m);
    assert.match(status, /^CapBnd:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    assert.equal(await inside("stat --format %a /var/lib/private/sukkal/format.json"), "600");
  });

  test("a stop answers a waiting claim, and a start keeps the messages", async () => {
    await endsWait(idle, `podman exec ${machine} systemctl stop sukkal`);
    assert.equal(await inside("systemctl show --property Result --value sukkal"), "success");
    await inside("systemctl start sukkal");
    await isServing(unit);
    assert.deepEqual(await bodiesIn(queue), ["hello"]);
  });
});
