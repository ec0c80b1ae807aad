/** The examples with an API key and with Keystone: examples/connection.ts, and what the others do with credentials of their own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { Keystone } from "../clients/keystone.ts";
import { hasModule } from "../clients/python.ts";
import { Example } from "./example.ts";

const ADMIN_API_KEY = `sk_admin_${"examples".repeat(5)}`;

const scratch = makeScratch("credentials");
let keystone: Keystone;
let server: Server;
let key: string;

before(async () => {
  assert.ok(hasModule("keystone"), "apt-get install python3-keystone");
  keystone = await Keystone.start(join(scratch.path, "keystone"));
  const settings = { AUTH_STRATEGY: "keystone,keys", ADMIN_API_KEY, KEYSTONE_URL: keystone.url };
  server = await Server.start({ dataDir: join(scratch.path, "data"), environment: settings });
  const operator = new Sukkal({ url: server.url, key: ADMIN_API_KEY });
  ({ key } = await operator.keys.create({ project_id: "demo", roles: ["member"] }));
});

after(async () => {
  await server?.stop();
  await keystone?.stop();
  scratch.remove();
});

/** A request to Keystone, by a token if there is one. */
async function askKeystone(path: string, token: string | null, body: unknown): Promise<Response> {
  const response = await fetch(`${keystone.url}/v3/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token === null ? {} : { "X-Auth-Token": token }) },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return response;
}

/** What an openrc file with an application credential sets. */
async function openrc(): Promise<{
  readonly token: string;
  readonly project: string;
  readonly variables: Readonly<Record<string, string>>;
}> {
  const domain = { id: "default" };
  const user = { name: "admin", domain, password: keystone.environment["KEYSTONE_ADMIN_PASSWORD"] };
  const identity = { methods: ["password"], password: { user } };
  const issued = await askKeystone("auth/tokens", null, {
    auth: { identity, scope: { project: { name: "admin", domain } } },
  });
  const token = issued.headers.get("X-Subject-Token") ?? assert.fail("no token");
  const { token: details } = (await issued.json()) as {
    readonly token: { readonly user: { readonly id: string }; readonly project: { readonly id: string } };
  };
  const path = `users/${details.user.id}/application_credentials`;
  const created = await askKeystone(path, token, { application_credential: { name: "examples" } });
  const { application_credential: credential } = (await created.json()) as {
    readonly application_credential: { readonly id: string; readonly secret: string };
  };
  const variables = {
    OS_AUTH_URL: keystone.url,
    OS_APPLICATION_CREDENTIAL_ID: credential.id,
    OS_APPLICATION_CREDENTIAL_SECRET: credential.secret,
  };
  return { token, project: details.project.id, variables };
}

/** Runs a worker, posts as `poster`, and waits until the worker has done it. */
async function works(file: string, variables: Readonly<Record<string, string>>, poster: Sukkal): Promise<void> {
  await using worker = new Example(file, { SUKKAL_URL: server.url, QUEUE: "work", ...variables });
  await poster.queue("work").post({ resize: "cat.png" });
  assert.match(await worker.line(), /cat\.png/);
  await worker.stop();
}

test("with an API key", async () => {
  const variables = { SUKKAL_URL: server.url, SUKKAL_KEY: key };
  const demo = new Sukkal({ url: server.url, key });
  await works("node-worker/worker.ts", variables, demo);
  await works("websocket-worker/worker.mjs", variables, demo);
  for (const file of ["curl/jobs.sh", "python-client/jobs.py", "openstacksdk/jobs.py"]) {
    await new Example(file, variables).end();
  }
});

test("with Keystone", async () => {
  const { token, project, variables } = await openrc();
  const admin = new Sukkal({ url: server.url, token: () => token });
  await works("node-worker/worker.ts", variables, admin);
  await works("websocket-worker/worker.mjs", { SUKKAL_TOKEN: token, SUKKAL_PROJECT: project }, admin);
  for (const file of ["curl/jobs.sh", "python-client/jobs.py"]) {
    await new Example(file, { SUKKAL_URL: server.url, SUKKAL_TOKEN: token }).end();
  }
});

test("without a credential that counts they say so, and end", async () => {
  await using worker = new Example("node-worker/worker.ts", {
    SUKKAL_URL: server.url,
    SUKKAL_KEY: `sk_${"x".repeat(43)}`,
  });
  await worker.complains(/SukkalError/);
  await assert.rejects(() => worker.end());
});
