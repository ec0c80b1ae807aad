/** Misbehaving receivers, and the delivery report of each. Their effect on other subscribers is in neighbours.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:https";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { before, describe, test } from "node:test";
import { BAD_RECEIVERS, ending } from "./bad-receivers.ts";
import { selfSigned } from "./certificate.ts";
import { Listener, LOOPBACK, Receiver } from "./listener.ts";
import { OPEN, Service, until, type Attempt } from "./service.ts";

let service: Service;

before(async () => {
  service = await Service.with(OPEN);
});

/** The next attempt comes after a minute, so a test sees exactly one. */
const ONE_ATTEMPT = {
  _retry_policy: { retries_with_no_delay: 0, minimum_delay_retries: 0, minimum_delay: 60, maximum_delay: 3600 },
};

describe("a receiver that", { concurrency: true }, () => {
  for (const { name, scheme = "http", answer, outcome, status } of BAD_RECEIVERS) {
    test(`${name} is ${outcome}, and its connection is closed`, async () => {
      const receiver = await Listener.listen(answer);
      const queue = service.queue();
      const subscription = await queue.subscribe(`${scheme}://${LOOPBACK}:${receiver.port}/hook`, ONE_ATTEMPT);
      await queue.post("a");
      const { attempts, delivered, pending } = await subscription.attempted();
      assert.deepEqual(attempts.map(toOutcome), [{ outcome, status }]);
      assert.deepEqual(
        { delivered, pending },
        outcome === "delivered" ? { delivered: 1, pending: 0 } : { delivered: 0, pending: 1 },
      );
      assert.equal(receiver.connections, 1);
      await until("the connection is closed", () => (receiver.open === 0 ? true : null));
    });
  }

  test("sends on to elsewhere is refused, and nobody goes there", async () => {
    const elsewhere = await Receiver.listen();
    for (const status of [301, 302, 303, 307, 308]) {
      const head = `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${elsewhere.url}\r\nContent-Length: 0\r\n\r\n`;
      const receiver = await Listener.listen(ending(head));
      const queue = service.queue();
      const subscription = await queue.subscribe(`http://${LOOPBACK}:${receiver.port}/hook`, ONE_ATTEMPT);
      await queue.post("a");
      const { attempts } = await subscription.attempted();
      assert.deepEqual(attempts.map(toOutcome), [{ outcome: "refused", status }]);
    }
    assert.deepEqual(elsewhere.received, []);
  });

  test("is gone for good is sent nothing more", async () => {
    const receiver = await Receiver.listen();
    receiver.status = 410;
    const queue = service.queue();
    const subscription = await queue.subscribe(receiver.url);
    const other = await Receiver.listen();
    await queue.subscribe(other.url);
    await queue.post("a");
    const { attempts, failed, pending } = await subscription.attempted();
    assert.deepEqual(attempts.map(toOutcome), [{ outcome: "gone", status: 410 }]);
    assert.deepEqual({ failed, pending }, { failed: 1, pending: 0 });
    receiver.status = 200;
    await queue.post("b", "c");
    await until("the other one has heard of all", () => (other.received.length === 3 ? true : null));
    assert.deepEqual(receiver.bodies, ["a"]);
  });

  for (const status of [429, 503]) {
    test(`asks for time with ${status} gets it`, async () => {
      const receiver = await Listener.listen(
        ending(`HTTP/1.1 ${status} Busy\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n`),
      );
      const queue = service.queue();
      const subscription = await queue.subscribe(`http://${LOOPBACK}:${receiver.port}/hook`);
      await queue.post("a");
      const { attempts, next_attempt_at: next } = await subscription.attempted();
      assert.deepEqual(attempts.map(toOutcome), [{ outcome: "refused", status }]);
      const wait = Date.parse(next ?? "") - Date.parse(attempts[0]?.at ?? "");
      assert.ok(wait >= 1_800_000 && wait < 1_830_000, `the next attempt comes after ${wait} ms`);
    });
  }

  test("proves who it is to nobody but itself is unreachable", async () => {
    const { key, cert } = selfSigned();
    let requests = 0;
    const server = createTlsServer({ key, cert }, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        requests++;
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    await once(server.listen(0, LOOPBACK).unref(), "listening");
    const url = `https://${LOOPBACK}:${(server.address() as AddressInfo).port}/hook`;
    const queue = service.queue();
    const subscription = await queue.subscribe(url, ONE_ATTEMPT);
    await queue.post("a");
    const { attempts } = await subscription.attempted();
    assert.deepEqual(attempts.map(toReason), [{ outcome: "unreachable", reason: "tls" }]);
    assert.equal(requests, 0);
    // A client that trusts the certificate gets an answer, so nothing else is wrong with it.
    await once(get(url, { ca: cert }), "response");
    assert.equal(requests, 1);
  });

  test("is not there is unreachable", async () => {
    const receiver = await Receiver.listen();
    const { url } = receiver;
    await receiver.close();
    const queue = service.queue();
    const subscription = await queue.subscribe(url, ONE_ATTEMPT);
    await queue.post("a");
    const { attempts } = await subscription.attempted();
    assert.deepEqual(attempts.map(toReason), [{ outcome: "unreachable", reason: "connection" }]);
  });

  for (const [scheme, reason] of [
    ["http", "dns"],
    ["https", "dns-or-tls"],
  ] as const) {
    test(`has a name that nobody knows is unreachable by ${scheme}`, async () => {
      const queue = service.queue();
      const subscription = await queue.subscribe(`${scheme}://no-such-name.invalid/hook`, ONE_ATTEMPT);
      await queue.post("a");
      const { attempts } = await subscription.attempted();
      assert.deepEqual(attempts.map(toReason), [{ outcome: "unreachable", reason }]);
    });
  }
});

function toReason({ outcome, reason }: Attempt): Pick<Attempt, "outcome" | "reason"> {
  return { outcome, reason };
}

function toOutcome({ outcome, status }: Attempt): Pick<Attempt, "outcome" | "status"> {
  return { outcome, status };
}
