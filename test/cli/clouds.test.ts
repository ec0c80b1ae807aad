/** Credentials of OpenStack: its variables and clouds.yaml, a Keystone that checks what it gets, and the catalog's address. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { makeScratch } from "../../bench/scratch.ts";
import { selfSigned } from "../notifications/certificate.ts";
import { sukkal as run, type Outcome } from "./command-line.ts";
import { SERVICE, startRecorder, type Recorded, type Reply } from "./recorder.ts";

const scratch = makeScratch("clouds");

/** Tokens that the service refuses. */
const revoked = new Set<string>();
const service = await startRecorder(({ headers }) =>
  revoked.has(String(headers["x-auth-token"])) ? { status: 401, body: {} } : { body: SERVICE },
);
let issued = 0;
const keystone = await startRecorder(identify);
const PASSWORD = "canary-of-password";
const SECRET = "canary-of-secret";

after(async () => {
  await keystone[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  scratch.remove();
});

beforeEach(() => {
  keystone.requests.length = 0;
  revoked.clear();
});

const DEFAULT = { id: "default" };
const SHOP = { scope: { project: { name: "shop", domain: { name: "Shops" } } } };
const byPassword = (user: object): object => ({ methods: ["password"], password: { user } });
/** What this Keystone accepts. */
const KNOWN: readonly object[] = [
  { identity: byPassword({ name: "ann", domain: { name: "Shops" }, password: PASSWORD }), ...SHOP },
  { identity: byPassword({ id: "u1", password: PASSWORD }), scope: { project: { id: "4711" } } },
  {
    identity: byPassword({ name: "ann", domain: { name: "Shops" }, password: PASSWORD }),
    scope: { project: { id: "p7" } },
  },
  { identity: byPassword({ name: "ann", domain: DEFAULT, password: PASSWORD }) },
  { identity: { methods: ["token"], token: { id: "old-token" } }, scope: { project: { id: "p1" } } },
  { identity: { methods: ["application_credential"], application_credential: { id: "a1", secret: SECRET } } },
  {
    identity: {
      methods: ["application_credential"],
      application_credential: { name: "worker", secret: SECRET, user: { name: "ann", domain: DEFAULT } },
    },
  },
];

function identify({ method, path, body }: Recorded): Reply {
  if (method !== "POST" || path !== "/v3/auth/tokens") return { status: 404, body: {} };
  const { auth } = JSON.parse(body) as { readonly auth: object };
  if (!KNOWN.some((known) => isDeepStrictEqual(known, auth)))
    return { status: 401, body: { error: { message: body } } };
  const endpoint = (type: string, region: string, url: string): object => ({ interface: type, region, url });
  const catalog = [
    { type: "identity", endpoints: [endpoint("public", "one", keystone.url)] },
    {
      type: "messaging",
      endpoints: [
        endpoint("internal", "one", "http://internal.test:8888"),
        endpoint("public", "one", `${service.url}/v2/`),
        endpoint("public", "two", "http://two.test:8888"),
      ],
    },
  ];
  return { status: 201, headers: { "X-Subject-Token": `token-${issued++}` }, body: { token: { catalog } } };
}

async function sukkal(line: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const outcome = await run(line.split(" "), { env: { HOME: scratch.path, ...env } });
  for (const canary of [PASSWORD, SECRET]) assert.ok(!`${outcome.stdout}${outcome.stderr}`.includes(canary));
  return outcome;
}

const OS_AUTH_URL = keystone.url;
const ANN = {
  OS_AUTH_URL,
  OS_USERNAME: "ann",
  OS_PASSWORD: PASSWORD,
  OS_USER_DOMAIN_NAME: "Shops",
  OS_PROJECT_NAME: "shop",
  OS_PROJECT_DOMAIN_NAME: "Shops",
};

const ACCEPTED: readonly (readonly [title: string, env: NodeJS.ProcessEnv])[] = [
  ["a password, with names", ANN],
  ["a password, with /v3 in the address", { ...ANN, OS_AUTH_URL: `${OS_AUTH_URL}/v3/` }],
  ["a password, with ids", { OS_AUTH_URL, OS_USER_ID: "u1", OS_PASSWORD: PASSWORD, OS_PROJECT_ID: "4711" }],
  [
    "a password, with the name of old files",
    { OS_AUTH_URL, OS_USER_ID: "u1", OS_PASSWORD: PASSWORD, OS_TENANT_ID: "4711" },
  ],
  ["a password without a project, in the default domain", { OS_AUTH_URL, OS_USERNAME: "ann", OS_PASSWORD: PASSWORD }],
  ["a token", { OS_AUTH_URL, OS_AUTH_TYPE: "token", OS_TOKEN: "old-token", OS_PROJECT_ID: "p1" }],
  [
    "an application credential",
    {
      OS_AUTH_URL,
      OS_AUTH_TYPE: "v3applicationcredential",
      OS_APPLICATION_CREDENTIAL_ID: "a1",
      OS_APPLICATION_CREDENTIAL_SECRET: SECRET,
    },
  ],
  [
    "an application credential by its name",
    {
      OS_AUTH_URL,
      OS_APPLICATION_CREDENTIAL_NAME: "worker",
      OS_USERNAME: "ann",
      OS_APPLICATION_CREDENTIAL_SECRET: SECRET,
    },
  ],
  ["the region of the service", { ...ANN, OS_REGION_NAME: "one" }],
  [
    "another address than the catalog's",
    { ...ANN, OS_REGION_NAME: "two", OS_MESSAGING_ENDPOINT_OVERRIDE: service.url },
  ],
];
for (const [title, env] of ACCEPTED) {
  test(`variables: ${title}`, async () => {
    const { code, stdout, stderr } = await sukkal("whoami", env);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^named by\tOS_ variables$/m);
    assert.equal(keystone.requests.length, 1);
    assert.equal(service.credential(), `token-${issued - 1}`);
  });
}

test("--project asks for a token of that project, which an application credential does not have", async () => {
  assert.equal((await sukkal("whoami --project p7", ANN)).code, 0);
  assert.equal((await sukkal("whoami --project p8", ANN)).code, 4);
  const own = { OS_APPLICATION_CREDENTIAL_ID: "a1", OS_APPLICATION_CREDENTIAL_SECRET: SECRET };
  const { code, stderr } = await sukkal("whoami --project p7", { OS_AUTH_URL, ...own });
  assert.match(stderr, /An application credential is for its own project/);
  assert.equal(code, 2);
});

test("a key as a token, without Keystone", async () => {
  const env = { OS_AUTH_TYPE: "admin_token", OS_ENDPOINT: service.url, OS_TOKEN: "sk_1" };
  assert.equal((await sukkal("whoami", env)).code, 0);
  assert.equal(service.credential(), "sk_1");
  assert.equal(keystone.requests.length, 0);
});

test("a token that the service refuses is replaced once", async () => {
  revoked.add(`token-${issued}`);
  assert.equal((await sukkal("whoami", ANN)).code, 0);
  assert.equal(keystone.requests.length, 2);
});

const REFUSED: readonly (readonly [title: string, env: NodeJS.ProcessEnv, code: number, says: RegExp])[] = [
  ["a wrong password", { ...ANN, OS_PASSWORD: `${PASSWORD}1` }, 4, /Keystone .* refuses the credential/],
  ["no password", { ...ANN, OS_PASSWORD: "" }, 2, /OS_ variables: password is missing/],
  ["a region without the service", { ...ANN, OS_REGION_NAME: "three" }, 3, /in three\.\nhint: It has: .*public in one/],
  ["an interface without the service", { ...ANN, OS_INTERFACE: "admin" }, 3, /no admin endpoint/],
  ["an unknown type", { ...ANN, OS_AUTH_TYPE: "v3oidcpassword" }, 2, /hint: These work: password/],
  ["no certificates are checked", { ...ANN, OS_INSECURE: "true" }, 2, /certificates are not checked/],
  ["a missing file of certificates", { ...ANN, OS_CACERT: "/nowhere" }, 2, /\/nowhere \(cacert\) cannot be read/],
  [
    "a Keystone that does not answer",
    { ...ANN, OS_AUTH_URL: "http://127.0.0.1:1" },
    5,
    /Keystone .* cannot be reached/,
  ],
  ["an address that is none", { ...ANN, OS_AUTH_URL: "keystone" }, 2, /no address of Keystone/],
  ["a cloud without a file", { OS_CLOUD: "shop" }, 2, /There is no clouds\.yaml/],
];
for (const [title, env, expected, says] of REFUSED) {
  test(`variables: ${title}`, async () => {
    const { code, stderr } = await sukkal("whoami", env);
    assert.match(stderr, says);
    assert.equal(code, expected);
  });
}

test("variables of Sukkal win over those of OpenStack", async () => {
  const { code } = await sukkal("whoami", { ...ANN, SUKKAL_URL: service.url });
  assert.equal(code, 0);
  assert.equal(keystone.requests.length, 0);
  assert.equal(service.credential(), null);
});

test("clouds.yaml with secure.yaml, by OS_CLOUD and by a context", async () => {
  const folder = join(scratch.path, ".config", "openstack");
  mkdirSync(folder, { recursive: true });
  const auth = `{auth_url: "${keystone.url}", user_id: u1, project_id: 4711}`;
  writeFileSync(join(folder, "clouds.yaml"), `clouds:\n  shop:\n    region_name: one\n    auth: ${auth}\n`);
  writeFileSync(join(folder, "secure.yaml"), `clouds: {shop: {auth: {password: ${PASSWORD}}}}\n`);
  const byVariable = await sukkal("whoami", { OS_CLOUD: "shop" });
  assert.match(byVariable.stdout, /^named by\tcloud shop$/m, byVariable.stderr);

  const SUKKAL_CONFIG = join(scratch.path, "config.toml");
  assert.equal((await sukkal("context add c --cloud shop", { SUKKAL_CONFIG })).code, 0);
  const byContext = await sukkal("whoami --json", { SUKKAL_CONFIG });
  const { url, credential } = JSON.parse(byContext.stdout) as Record<string, unknown>;
  assert.deepEqual({ url, credential }, { url: service.url, credential: { kind: "token", source: "cloud shop" } });
  assert.match((await sukkal("whoami", { OS_CLOUD: "other" })).stderr, /no cloud "other" in .*\nhint: Known: shop/);

  keystone.requests.length = 0;
  const elsewhere = await sukkal(`whoami --url ${service.url}`, { SUKKAL_CONFIG });
  assert.match(elsewhere.stderr, /credential of the context c is for the cloud shop\. It is not sent/);
  assert.equal(service.credential(), null);
  assert.equal(keystone.requests.length, 0);
});

test("an error in clouds.yaml is described without its text", async () => {
  const path = join(scratch.path, "broken.yaml");
  for (const text of [`clouds: {a: {auth: {password: "${PASSWORD}}}`, "clouds: 3"]) {
    writeFileSync(path, text);
    const { code, stderr } = await sukkal("whoami", { OS_CLOUD: "a", OS_CLIENT_CONFIG_FILE: path });
    assert.equal(code, 2);
    assert.match(stderr, /broken\.yaml (?:is not YAML|has no clouds)/);
  }
});

test("the password does not follow a redirect", async () => {
  await using moved = await startRecorder(() => ({
    status: 307,
    headers: { Location: `${keystone.url}/v3/auth/tokens` },
  }));
  const { code, stderr } = await sukkal("whoami", { ...ANN, OS_AUTH_URL: moved.url });
  assert.equal(code, 4);
  assert.match(stderr, /answers 307/);
  assert.equal(keystone.requests.length, 0);
});

test("a Keystone with a certificate of an own authority", async () => {
  const certificate = selfSigned();
  const secure = createServer(certificate, (_, response) => response.writeHead(401).end());
  await once(secure.listen(0, "127.0.0.1"), "listening");
  try {
    const env = { ...ANN, OS_AUTH_URL: `https://127.0.0.1:${(secure.address() as AddressInfo).port}` };
    assert.match((await sukkal("whoami", env)).stderr, /cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    const OS_CACERT = join(scratch.path, "ca.pem");
    writeFileSync(OS_CACERT, certificate.cert);
    assert.match((await sukkal("whoami", { ...env, OS_CACERT })).stderr, /refuses the credential/);
  } finally {
    secure.closeAllConnections();
    secure.close();
  }
});
