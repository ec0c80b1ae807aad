/** Scenarios that work in both versions and have to work between them. Together they make every call between objects. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Receiver } from "../notifications/listener.ts";
import { ADMIN_API_KEY, Caller, until, type Message } from "./caller.ts";

export interface World {
  /** A client of the tested Worker. */
  readonly here: Caller;
  /** A client of a Worker with the same objects, of the other version if there is one. */
  readonly peer: Caller;
  /** A client of a Worker with the objects that those of `here` call. */
  readonly beyond: Caller;
  /** Whether Workers and objects call the same objects. */
  readonly isWhole: boolean;
  readonly publicUrl: string;
}

export const SCENARIOS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "messages are posted once, listed, claimed, renewed, deleted, popped and purged": async ({ here, peer }) => {
    const queue = newQueue();
    const body = { messages: [{ body: { n: 1 } }, { body: 2, ttl: 300 }, { body: "three", ttl: 300, delay: 0 }] };
    const headers = { "Idempotency-Key": "once" };
    const posted = await here.ask("POST", `/queues/${queue}/messages`, { status: 201, body, headers });
    assert.deepEqual(await peer.ask("POST", `/queues/${queue}/messages`, { status: 201, body, headers }), posted);
    assert.deepEqual(await here.bodies(queue), [{ n: 1 }, 2, "three"]);
    const [first = ""] = (posted as { readonly resources: readonly string[] }).resources;
    assert.deepEqual(((await here.ask("GET", first)) as Message).body, { n: 1 });

    const claim = await peer.claim(queue);
    assert.equal(claim.messages.length, 3);
    await here.ask("PATCH", claim.path, { status: 204, body: { ttl: 120, grace: 60 } });
    assert.deepEqual(((await peer.ask("GET", claim.path)) as { readonly ttl: number }).ttl, 120);
    await here.ask("DELETE", claim.messages[0]?.href ?? "", { status: 204 });
    await peer.release(claim);
    const popped = (await here.ask("DELETE", `/queues/${queue}/messages?pop=1`)) as { readonly messages: Message[] };
    assert.deepEqual(
      popped.messages.map(({ body: each }) => each),
      [2],
    );
    const [third = ""] = claim.messages.slice(2).map(({ id }) => id);
    await here.ask("DELETE", `/queues/${queue}/messages?ids=${third}`, { status: 204 });
    await here.post(queue, "four");
    const stats = (await here.ask("GET", `/queues/${queue}/stats`)) as { readonly messages: { readonly free: number } };
    assert.equal(stats.messages.free, 1);
    await peer.ask("POST", `/queues/${queue}/purge`, { status: 204, body: { resource_types: ["messages"] } });
    assert.deepEqual(await here.bodies(queue), []);
  },

  "a claim waits until a message comes": async ({ here, peer }) => {
    const queue = newQueue();
    const waiting = here.claim(queue, { Prefer: "wait=10" });
    await peer.ask("GET", `/queues/${queue}/stats`);
    await peer.post(queue, "late");
    assert.deepEqual(
      (await waiting).messages.map(({ body }) => body),
      ["late"],
    );
    assert.deepEqual((await here.claim(queue, { Prefer: "wait=1" })).messages, []);
  },

  "queues are made, changed, listed by their project and ended": async ({ here, peer, beyond }) => {
    const queue = newQueue();
    await here.ask("PUT", `/queues/${queue}`, { status: 201, body: { team: "ops", _default_message_ttl: 600 } });
    const changes = [{ op: "add", path: "/metadata/colour", value: "red" }];
    const headers = { "Content-Type": "application/openstack-messaging-v2.0-json-patch" };
    await peer.ask("PATCH", `/queues/${queue}`, { body: changes, headers });
    assert.equal(((await here.ask("GET", `/queues/${queue}`)) as { readonly colour: string }).colour, "red");
    const list = async (): Promise<string> =>
      JSON.stringify(await beyond.ask("GET", "/queues?colour=red&with_count=true"));
    await until("the queue is listed", async () => (await list()).includes(`"name":"${queue}"`));
    await here.ask("DELETE", `/queues/${queue}`, { status: 204 });
    await until("it is not", async () => !(await list()).includes(queue));
  },

  "encrypted bodies are read": async ({ here, peer }) => {
    const queue = newQueue();
    await here.ask("PUT", `/queues/${queue}`, { status: 201, body: { _enable_encrypt_messages: true } });
    await here.post(queue, "secret");
    assert.deepEqual(await peer.bodies(queue), ["secret"]);
  },

  "dead letters arrive, and are sent back to where they came from": async ({ here, beyond }) => {
    const [queue, dead] = [newQueue(), newQueue()];
    const body = { _max_claim_count: 1, _dead_letter_queue: dead, _dead_letter_queue_messages_ttl: 600 };
    await here.ask("PUT", `/queues/${queue}`, { status: 201, body });
    await here.post(queue, "bad");
    await here.release(await here.claim(queue));
    assert.deepEqual((await here.claim(queue)).messages, []);
    await until("it is a dead letter", async () => (await beyond.bodies(dead)).length === 1);
    await beyond.ask("POST", `/queues/${dead}/redrive`, { status: 202, body: {} });
    await until("it is back", async () => (await here.bodies(queue)).length === 1);
    const isDone = async (): Promise<boolean> =>
      ((await beyond.ask("GET", `/queues/${dead}/redrive`)) as { readonly status: string }).status === "done";
    await until("the redrive is done", isDone);
  },

  "subscribers are told, told again when they fail, and not once they want no more": async ({ here }) => {
    const [queue, receiver] = [newQueue(), await Receiver.listen()];
    const subscription = await here.subscribe(queue, receiver.url, { post_headers: { "X-Colour": "red" } });
    receiver.status = 500;
    await here.post(queue, "one");
    await until("an attempt has failed", () => receiver.received.length >= 1);
    receiver.status = 204;
    await until("it has arrived", () => receiver.received.length >= 2);
    await here.ask("POST", `${subscription}/secret`, { status: 201 });
    await here.post(queue, "two", "three");
    await until("the others have", () => receiver.bodies.includes("three"));
    assert.equal(receiver.received.at(-1)?.headers["x-colour"], "red");
    assert.match(String(receiver.received.at(-1)?.headers["webhook-signature"]), /^v1,/);

    const second = await Receiver.listen();
    await here.ask("PATCH", subscription, { status: 204, body: { subscriber: second.url, ttl: 3600, options: {} } });
    await here.post(queue, "four");
    await until("the new subscriber is told", () => second.bodies.includes("four"));
    second.status = 410;
    await here.post(queue, "five");
    await until("it has refused", () => second.bodies.includes("five"));
    await here.ask("DELETE", subscription, { status: 204 });
    assert.equal(receiver.bodies.includes("four"), false);
  },

  "what became of deliveries is shown, and what failed is delivered again": async ({ here, peer, isWhole }) => {
    // Otherwise no Worker can call both the subscription's queue and its DeliveryObject.
    if (!isWhole) return;
    const [queue, receiver] = [newQueue(), await Receiver.listen()];
    const subscription = await here.subscribe(queue, receiver.url);
    receiver.status = 400;
    await peer.post(queue, "one");
    const report = async (): Promise<{ readonly delivered: number; readonly redeliverable: number }> =>
      (await peer.ask("GET", `${subscription}/deliveries`)) as Awaited<ReturnType<typeof report>>;
    await until("it has failed", async () => (await report()).redeliverable === 1);
    receiver.status = 204;
    await here.ask("POST", `${subscription}/redeliver`, { status: 202 });
    await until("it has arrived", async () => (await report()).delivered === 1);
  },

  "messages go on from queue to queue inside the service": async ({ here, publicUrl }) => {
    const [queue, next] = [newQueue(), newQueue()];
    const headers = { Authorization: `Bearer ${here.key}`, "Client-ID": randomUUID() };
    const options = { post_headers: headers, post_data: '{"messages": [{"body": "$zaqar_message$", "ttl": 300}]}' };
    await here.subscribe(queue, `${publicUrl}/v2/queues/${next}/messages`, options);
    await here.post(queue, "on");
    await until("it has gone on", async () => (await here.bodies(next)).length === 1);
  },

  "topics take messages and tell their subscribers": async ({ here, peer }) => {
    const [topic, receiver] = [newQueue(), await Receiver.listen()];
    await here.ask("PUT", `/topics/${topic}`, { status: 201, body: { team: "ops" } });
    const body = { subscriber: receiver.url, ttl: 3600, options: {} };
    await peer.ask("POST", `/topics/${topic}/subscriptions`, { status: 201, body });
    await here.ask("POST", `/topics/${topic}/messages`, { status: 201, body: { messages: [{ body: "news" }] } });
    await until("it is told", () => receiver.bodies.includes("news"));
    await peer.ask("DELETE", `/topics/${topic}`, { status: 204 });
  },

  "a signed URL opens what it was made for": async ({ here, peer }) => {
    const queue = newQueue();
    await here.ask("PUT", `/queues/${queue}`, { status: 201, body: { _signing_generation: "one" } });
    const grant = (await here.ask("POST", `/queues/${queue}/share`, {
      body: { methods: ["GET", "POST"], paths: ["messages"] },
    })) as Grant;
    const headers = {
      "URL-Signature": grant.signature,
      "URL-Expires": grant.expires,
      "URL-Methods": grant.methods.join(","),
      "URL-Paths": grant.paths.join(","),
      "X-Project-ID": grant.project,
      "Client-ID": randomUUID(),
      "Content-Type": "application/json",
    };
    const url = `${peer.url}/v2/queues/${queue}/messages`;
    const body = JSON.stringify({ messages: [{ body: "by URL" }] });
    const response = await fetch(url, { method: "POST", headers, body });
    assert.equal(response.status, 201, await response.text());
    assert.deepEqual(await here.bodies(queue), ["by URL"]);
  },

  "quotas hold": async ({ here }) => {
    const project = `project-${randomUUID()}`;
    const operator = new Caller(here.url, ADMIN_API_KEY);
    await operator.ask("PUT", `/quotas/${project}`, { status: 204, body: { queues: 1, messages_per_queue: 2 } });
    const member = await Caller.of(project, here.url);
    await member.post("only", 1, 2);
    await member.ask("POST", "/queues/only/messages", { status: 403, body: { messages: [{ body: 3 }] } });
    await until(
      "there is no other queue",
      async () => (await member.send("PUT", `/queues/${newQueue()}`)).status === 403,
    );
    await operator.ask("DELETE", `/quotas/${project}`, { status: 204 });
    const { quotas } = (await operator.ask("GET", `/quotas/${project}`)) as Quotas;
    assert.equal(quotas.queues.limit, -1);
  },

  "keys are shown and revoked": async ({ here, peer }) => {
    const operator = new Caller(peer.url, ADMIN_API_KEY);
    const project = `project-${randomUUID()}`;
    const member = await Caller.of(project, here.url);
    const { keys } = (await operator.ask("GET", `/keys?project_id=${project}`)) as { readonly keys: readonly Key[] };
    assert.deepEqual(
      keys.map(({ roles }) => roles),
      [["member"]],
    );
    const [id = ""] = keys.map((key) => key.id);
    await operator.ask("DELETE", `/keys/${id}`, { status: 204 });
    assert.equal((await member.send("GET", "/queues")).status, 401);
  },
};

interface Key {
  readonly id: string;
  readonly roles: readonly string[];
}

interface Quotas {
  readonly quotas: { readonly queues: { readonly limit: number } };
}

interface Grant {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}

function newQueue(): string {
  return `queue-${randomUUID()}`;
}
