/** What receivers of webhooks have to do with requests that a test sends instead of the service. */
import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";

async function send(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", ...headers },
  });
  await response.text();
  return response.status;
}

/** A request that is not signed, one that has no body, and one that is signed with another secret. */
export async function refusesForgeries(url: string): Promise<void> {
  assert.equal(await send(url, "{}", {}), 400);
  assert.equal((await fetch(url, { method: "POST" })).status, 400);
  const [body, headers] = signed(`whsec_${btoa("another secret".repeat(2))}`, '{"forged":true}');
  assert.equal(await send(url, body, headers), 400);
}

/** Sends the same notification twice. The receiver has to accept both, and to print one. */
export async function takesOnce(url: string, secret: string): Promise<void> {
  const [body, headers] = signed(secret, '{"repeated":true}');
  assert.equal(await send(url, body, headers), 204);
  assert.equal(await send(url, body, headers), 204);
}

function signed(secret: string, body: string): readonly [body: string, headers: Readonly<Record<string, string>>] {
  const [id, at] = ["message_subscription", new Date()];
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
  return [body, headers];
}
