/** nginx with deploy/nginx.conf in front of the service. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import { Sukkal } from "sukkal/client";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { until } from "../versions/caller.ts";
import { freePort, isHealthy } from "./service.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-nginx-"));
const CONFIGURATION = readFileSync(join(ROOT, "deploy/nginx.conf"), "utf8");
/** The default of MAX_CLAIM_WAIT. */
const WAIT_S = 20;

let service: Server;
let proxy: Nginx;
/** Adds the identity, as the comment in the configuration says. */
let authenticating: Nginx;

before(async () => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", join(folder, "sukkal.key"), "-out", join(folder, "sukkal.crt")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files], {
    stdio: "ignore",
  });
  setDefaultCACertificates([readFileSync(join(folder, "sukkal.crt"), "utf8")]);
  service = await Server.start({ dataDir: join(folder, "data"), environment: { AUTH_STRATEGY: "none" } });
  running.push(service);
  proxy = await Nginx.start(CONFIGURATION);
  const identity = CONFIGURATION.replaceAll(/^  # {3}(?=proxy_set_header)/gm, "  ");
  authenticating = await Nginx.start(
    replace(identity, {
      $authenticated_project: "shop",
      $authenticated_roles: "member",
      $authenticated_user: "carol",
    }),
  );
});

/** What was started. */
const running: { stop(): Promise<void> }[] = [];

after(async () => {
  for (const each of running.toReversed()) await each.stop();
  rmSync(folder, { recursive: true, force: true });
});

class Nginx {
  readonly url: string;
  private readonly child: ChildProcess;

  /** Starts nginx in the foreground. */
  static async start(configuration: string): Promise<Nginx> {
    const port = await freePort();
    const home = join(folder, `nginx-${port}`);
    mkdirSync(home);
    const here = replace(configuration, {
      "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
      "127.0.0.1:8787": `127.0.0.1:${service.port}`,
      "/etc/nginx/sukkal.": join(folder, "sukkal."),
    });
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (of) => `${of}_temp_path ${home}/${of};`,
    );
    const main = `daemon off; master_process off; pid ${home}/pid; error_log ${home}/error.log; events {}`;
    const file = join(home, "nginx.conf");
    writeFileSync(file, `${main}\nhttp { access_log off; ${temporary.join(" ")}\n${here}\n}\n`);
    const nginx = new Nginx(
      `https://127.0.0.1:${port}`,
      spawn("nginx", ["-p", home, "-c", file], { stdio: "inherit" }),
    );
    running.push(nginx);
    await until("nginx passes requests on", () => isHealthy(nginx.url));
    return nginx;
  }

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.child = child;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** Replaces texts, each of which has to occur. */
function replace(text: string, replacements: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [old, now] of Object.entries(replacements)) {
    assert.ok(result.includes(old), `nginx.conf contains ${old}`);
    result = result.replaceAll(old, now);
  }
  return result;
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** A request whose path is sent as it is; `fetch` would normalise it. */
async function ask(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  const identity = { "Client-ID": crypto.randomUUID(), "X-Project-ID": "other" };
  const outgoing = request(url, { path, headers: { ...identity, ...headers }, agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: incoming.statusCode, text: (await incoming.toArray()).join("") };
}

describe("nginx.conf", { concurrency: true }, () => {
  test("a claim waits 20 s, and requests after such a pause succeed", async () => {
    const queue = new Sukkal({ url: proxy.url, project: "shop", retries: 0 }).queue("idle");
    const began = performance.now();
    assert.equal(await queue.claim({ wait: WAIT_S }), null);
    assert.ok(performance.now() - began > (WAIT_S - 1) * 1000, "it waited");
    await Promise.all(Array.from({ length: 8 }, (_, n) => queue.post(n)));
  });

  test("WebSockets are passed on", async () => {
    assert.match(await reply(proxy.url, "chosen"), /"status":201/);
    const { text } = await ask(service.url, "/v2/queues", { "X-Project-ID": "chosen" });
    assert.match(text, /"name":"pushed"/);
  });

  for (const path of [
    "/v2//queues",
    "/v2/./queues",
    "/v2/topics/../queues",
    "/v2/queues/a%2Fb",
    "/v2/%71ueues",
    "/v2/queues/a%20b",
  ]) {
    test(`${path} is passed on as it is`, async () => {
      const [direct, proxied] = await Promise.all([ask(service.url, path), ask(proxy.url, path)]);
      assert.deepEqual(proxied, direct);
    });
  }

  test("a body that is too large is refused by the service, which names the limit", async () => {
    const queue = new Sukkal({ url: proxy.url, project: "shop" }).queue("large");
    await assert.rejects(queue.post("x".repeat(900_000)), { status: 400 });
  });

  test("the headers of a client do not change who it is, where the proxy authenticates", async () => {
    await new Sukkal({ url: service.url, project: "shop" }).queue("own").post("mine");
    for (const name of ["X-Project-ID", "X-Tenant-ID", "X-Tenant"]) {
      const { text } = await ask(authenticating.url, "/v2/queues", { [name]: "other", "X-Roles": "admin" });
      assert.match(text, /"name":"own"/, name);
    }
    assert.doesNotMatch(await reply(authenticating.url, "other"), /"status":201/);
  });
});

/** The reply to a frame that creates the queue `pushed` in a project. */
async function reply(url: string, project: string): Promise<string> {
  const socket = new WebSocket(`${url.replace("https:", "wss:")}/v2/websocket`);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.addEventListener("open", () => {
    const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": project };
    socket.send(JSON.stringify({ action: "queue_create", headers, body: { queue_name: "pushed" } }));
  });
  socket.addEventListener("message", ({ data }) => resolve(String(data)));
  socket.addEventListener("error", () => reject(new Error("The connection failed.")));
  return await promise.finally(() => socket.close());
}
