/** Signatures, verified with the library of the Standard Webhooks project. */
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { Receiver, type Received } from "./listener.ts";
import { OPEN, Service, until, type Queue, type Subscription } from "./service.ts";

let service: Service;

before(async () => {
  service = await Service.with(OPEN);
});

test("a subscription without a secret gets no signature, but all else that a receiver needs", async () => {
  const { queue, receiver } = await subscribed();
  const { headers } = await next(queue, receiver);
  assert.equal(headers["webhook-signature"], undefined);
  assert.match(String(headers["webhook-id"]), /^[\w-]+$/);
  assert.ok(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000) < 60);
});

test("whoever knows the secret can tell that the service has spoken, and nobody else", async () => {
  const { queue, receiver, subscription } = await subscribed();
  const secret = await subscription.newSecret();
  const received = await next(queue, receiver, { text: "häß\u2028lich ☃", number: 1e300 });
  assert.deepEqual(verify(secret, received), {
    ttl: 300,
    body: { text: "häß\u2028lich ☃", number: 1e300 },
    Message_Type: "Notification",
    queue_name: queue.name,
  });
  const stranger = await (await subscribed()).subscription.newSecret();
  refuses(stranger, received);
});

test("a rotation may take as long as the next one: old and new secret are good, and the one before no longer", async () => {
  const { queue, receiver, subscription } = await subscribed();
  const first = await subscription.newSecret();
  const earlier = await next(queue, receiver);
  verify(first, earlier);

  const second = await subscription.newSecret();
  const during = await next(queue, receiver);
  verify(first, during);
  verify(second, during);
  refuses(second, earlier);

  const third = await subscription.newSecret();
  const later = await next(queue, receiver);
  verify(third, later);
  verify(second, later);
  refuses(first, later);
  assert.equal(new Set([first, second, third]).size, 3);
});

test("a repeated attempt has the same id and a signature of its own", async () => {
  const { queue, receiver, subscription } = await subscribed();
  const secret = await subscription.newSecret();
  receiver.status = 500;
  await queue.post("a");
  await until("it was tried again", () => (receiver.received.length >= 2 ? true : null));
  receiver.status = 204;
  await until("it has arrived", async () => ((await subscription.deliveries()).delivered === 1 ? true : null));
  for (const received of receiver.received) verify(secret, received);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.ok(receiver.received.length >= 3);
});

test("what post_data makes of the message is what is signed, and post_headers forge nothing", async () => {
  const { queue, receiver, subscription } = await subscribed({
    post_data: '{"workflow": "w", "input": "$zaqar_message$"}',
    post_headers: { "Webhook-Id": "forged", "WEBHOOK-TIMESTAMP": "1", "webhook-signature": "v1,forged" },
  });
  const secret = await subscription.newSecret();
  const received = await next(queue, receiver);
  assert.match(received.body, /^\{"workflow": "w", "input": \{"ttl": 300/);
  verify(secret, received);
  assert.equal(String(received.headers["webhook-signature"]).includes("forged"), false);
});

describe("a receiver refuses", () => {
  let secret = "";
  let received: Received;
  before(async () => {
    const { queue, receiver, subscription } = await subscribed();
    secret = await subscription.newSecret();
    received = await next(queue, receiver, "pay 10");
    verify(secret, received);
  });

  test("a body that somebody has changed", () => {
    refuses(secret, { ...received, body: received.body.replace("pay 10", "pay 90") });
    refuses(secret, { ...received, body: `${received.body} ` });
  });

  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
    test(`another ${name}, and none`, () => {
      const value = String(received.headers[name]);
      const other = name === "webhook-timestamp" ? String(Number(value) + 1) : `${value}x`;
      refuses(secret, { ...received, headers: { ...received.headers, [name]: other } });
      refuses(secret, { ...received, headers: { ...received.headers, [name]: undefined } });
    });
  }

  /** Seconds. The library tolerates five minutes in both directions. */
  for (const { age, isGood } of [
    { age: 290, isGood: true },
    { age: 310, isGood: false },
    { age: -290, isGood: true },
    { age: -310, isGood: false },
  ]) {
    test(`${isGood ? "not yet " : ""}one that is ${age} s old when it comes`, () => {
      const now = (Number(received.headers["webhook-timestamp"]) + age) * 1000;
      mock.timers.enable({ apis: ["Date"], now });
      try {
        if (isGood) verify(secret, received);
        else refuses(secret, received);
      } finally {
        mock.timers.reset();
      }
    });
  }
});

interface Subscribed {
  readonly queue: Queue;
  readonly receiver: Receiver;
  readonly subscription: Subscription;
}

async function subscribed(options: Readonly<Record<string, unknown>> = {}): Promise<Subscribed> {
  const queue = service.queue();
  const receiver = await Receiver.listen();
  return { queue, receiver, subscription: await queue.subscribe(receiver.url, options) };
}

/** Posts a message and returns its notification. */
async function next(queue: Queue, receiver: Receiver, body: unknown = "a"): Promise<Received> {
  const count = receiver.received.length;
  await queue.post(body);
  return await until("the message has arrived", () => receiver.received[count] ?? null);
}

/** The document that was sent. */
function verify(secret: string, { body, headers }: Pick<Received, "body" | "headers">): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

function refuses(secret: string, received: Pick<Received, "body" | "headers">): void {
  assert.throws(() => verify(secret, received), WebhookVerificationError);
}
