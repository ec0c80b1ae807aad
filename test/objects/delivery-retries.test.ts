/** Deliveries that do not succeed at once: their retries and their ends. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { UNANSWERED_MAX } from "../../src/delivery/circuit-breaker.ts";
import { LOST_ATTEMPT_DELAY } from "../../src/objects/delivery/wake-ups.ts";
import { SILENT_INTERVAL } from "../../src/objects/rpc/delivery.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { DeliveryDriver, retries } from "../support/objects/delivery-driver.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";

freezeClock();
interceptCalls();

describe("the schedule of the retry policy", () => {
  const only = { retries_with_no_delay: 0, minimum_delay_retries: 0, maximum_delay_retries: 0 };

  test.each([
    ["the default one", {}, [0, 0, 0, 5, 5, 5, 5, 10, 15, 20, 25, 30, 30, 30]],
    ["linear", { retry_backoff_function: "linear" }, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]],
    ["arithmetic", { retry_backoff_function: "arithmetic" }, [5, 6, 8, 11, 15, 20, 26, 33, 41, 50, 60]],
    ["geometric", { retry_backoff_function: "geometric" }, [5, 6, 8, 10, 13, 17, 22, 28, 36, 46, 59]],
    ["exponential", { retry_backoff_function: "exponential" }, [5, 6, 8, 10, 13, 17, 22, 28, 36, 46, 59]],
  ])("%s is kept to the second, and then the delivery is given up", async (_, policy, delays) => {
    const isDefault = Object.keys(policy).length === 0;
    const stated = isDefault ? {} : { ...only, minimum_delay: 5, maximum_delay: 60, ...policy };
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { options: { _retry_policy: stated } });
    await delivery.post("a");
    await delivery.passToEnd();
    let at = 0;
    expect(receiver.seconds).toEqual([0, ...delays.map((delay) => (at += delay))]);
    expect(await delivery.report()).toMatchObject({ delivered: 0, failed: 1, pending: 0, redeliverable: 1 });
    const { attempts } = await delivery.report();
    expect(attempts.map(({ attempt }) => attempt)).toEqual(
      Array.from(receiver.received, (_r, n) => n + 1).toReversed(),
    );
  });

  test("is the queue's if the subscription has none, and a first retry costs its row and the alarm", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 2 }) });
    await delivery.post("a");
    expect(await delivery.alarmIn()).toBe(5000);
    const before = await delivery.rowsWritten();
    await delivery.passToAlarm();
    expect((await delivery.rowsWritten()) - before).toBe(2);
    expect(await delivery.alarmIn()).toBe(5000);
  });

  test("does not wait for an alarm that was set while the clock was a month ahead", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { options: { _retry_policy: retries({ after5s: 2 }) } });
    clock.advance({ hours: 24 * 30 });
    await delivery.post("a");
    clock.advance({ hours: -24 * 30 });
    await delivery.restart();
    await delivery.report();
    expect(await delivery.alarmIn()).toBeLessThanOrEqual(2 * 86_400_000);
    receiver.speak();
    await delivery.passToEnd();
    expect(await delivery.report()).toMatchObject({ delivered: 1 });
  });

  test("continues after the object was lost", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver);
    await delivery.post("a");
    for (let rung = 0; rung < 20 && (await delivery.report()).pending > 0; rung++) {
      await delivery.restart();
      await delivery.passToAlarm();
    }
    expect(receiver.seconds).toEqual([0, 0, 0, 0, 5, 10, 15, 20, 30, 45, 65, 90, 120, 150, 180]);
  });
});

describe("a retry", () => {
  test("is sent like the first attempt except for the time, and leaves no row when it arrives", async () => {
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    await delivery.passToAlarm();
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(Number(second?.headers["webhook-timestamp"])).toBe(Number(first?.headers["webhook-timestamp"]) + 5);
    expect({ ...second?.headers, "webhook-timestamp": "" }).toEqual({ ...first?.headers, "webhook-timestamp": "" });
    expect(await delivery.rows("delivery")).toEqual([]);
    // The figures that are reported later.
    await delivery.passToAlarm();
    expect(receiver.received).toHaveLength(2);
    expect(await delivery.alarmIn()).toBeNull();
  });

  test("is made once, however often the alarm rings", async () => {
    const receiver = new Receiver(500);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 2 }) });
    await delivery.post("a");
    await delivery.ring();
    expect(receiver.seconds).toEqual([0]);
    await delivery.passToAlarm();
    await delivery.ring();
    expect(receiver.seconds).toEqual([0, 5]);
  });

  test("is not forgotten by an object that wakes without an alarm", async () => {
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    await runInDurableObject(delivery.stub, (_, state) => state.storage.deleteAlarm());
    await delivery.restart();
    clock.advance({ seconds: 100 });
    await delivery.report();
    await delivery.ring();
    expect(receiver.seconds).toEqual([0, 100]);
  });

  test("goes where the subscription has been redirected to, with its new options", async () => {
    const [old, young] = [new Receiver(500), new Receiver()];
    const delivery = new DeliveryDriver(old, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    const { target } = new DeliveryDriver(young, { options: { post_data: '["moved"]' } });
    await delivery.rpc.redirect(target);
    await delivery.restart();
    await delivery.passToAlarm();
    expect([old.received.length, young.received.map(({ body }) => body)]).toEqual([1, ['["moved"]']]);
  });

  test("that becomes due while another one waits for its answer is not held up", async () => {
    const receiver = new Receiver(500, 500, "silent", 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    clock.advance({ seconds: 1 });
    await delivery.post("b");
    clock.advance({ seconds: 4 });
    const ringing = delivery.ring();
    await until(() => receiver.waiting === 1);
    clock.advance({ seconds: 1 });
    await ringing;
    expect(receiver.bodies).toEqual(["a", "b", "a", "b"]);
  });

  test("that arrives while its row cannot be written leaves none when it can", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const receiver = new Receiver(500, 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    await delivery.run("CREATE TRIGGER full BEFORE DELETE ON delivery BEGIN SELECT raise(ABORT, 'full'); END");
    await delivery.passToAlarm();
    expect(await delivery.alarmIn()).toBe(LOST_ATTEMPT_DELAY * 1000);
    await delivery.run("DROP TRIGGER full");
    await delivery.passToAlarm();
    expect(await delivery.rows("delivery")).toEqual([]);
    expect(receiver.bodies).toEqual(["a", "a"]);
  });

  test("needs the stored target only if it is pending: otherwise a redirection writes nothing", async () => {
    const delivery = new DeliveryDriver(new Receiver());
    await delivery.post("a");
    await delivery.rpc.redirect(delivery.target);
    expect(await delivery.rowsWritten()).toBe(0);
  });
});

describe("Retry-After", () => {
  test.each([
    ["more than the policy's delay", "60", 60],
    ["less than the policy's delay", "2", 5],
    ["a date", "in 90 s", 90],
    ["more than a day", "1000000", 86_400],
    ["nonsense", "soon", 5],
  ])("of %s", async (_, value, seconds) => {
    const header = value === "in 90 s" ? new Date(Date.now() + 90_000).toUTCString() : value;
    const receiver = new Receiver(() => new Response(null, { status: 429, headers: { "Retry-After": header } }), 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    expect((await delivery.report()).nextAttemptAt).toBe(Date.now() + seconds * 1000);
    await delivery.passToAlarm();
    expect(receiver.seconds).toEqual([0, seconds]);
  });

  test("delays a retry that would be immediate", async () => {
    const receiver = new Receiver(() => new Response(null, { status: 503, headers: { "Retry-After": "7" } }), 200);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ atOnce: 1 }) });
    await delivery.post("a");
    await delivery.passToAlarm();
    expect(receiver.seconds).toEqual([0, 7]);
  });
});

describe("410", () => {
  /** Replaces the subscription's queue. Returns the calls of the DeliveryObject to it. */
  function listen(delivery: DeliveryDriver, isUp = true): string[] {
    const told: string[] = [];
    interceptObjects("QUEUES", `${delivery.project}/`, (_, name) => ({
      disableSubscription: async ({ id, subscriber }) => {
        told.push(`${name}/${id} ${subscriber}`);
        if (!isUp) throw new Error("The queue is not there.");
      },
    }));
    return told;
  }

  test("drops everything that is pending, and the queue is told", async () => {
    const receiver = new Receiver(500, 500, 410);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 2 }) });
    const told = listen(delivery);
    await delivery.post("a", "b");
    await delivery.post("c", "d", "e");
    expect(receiver.bodies).toEqual(["a", "b", "c"]);
    expect(told).toEqual([`${delivery.project}/orders/${delivery.subscription} ${receiver.url}`]);
    expect(await delivery.rows("delivery")).toEqual([]);
    expect(await delivery.report()).toMatchObject({ delivered: 0, failed: 5, pending: 0, redeliverable: 0 });
  });

  test("keeps what was given up before, which may be delivered to another subscriber", async () => {
    const receiver = new Receiver(500, 500, 500, 500, 410);
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({}) });
    listen(delivery);
    await delivery.post("a");
    await delivery.passToEnd();
    await delivery.post("b");
    await delivery.post("c");
    expect((await delivery.rows("delivery")).map(({ content }) => content)).toEqual(['"a"']);
    expect(await delivery.report()).toMatchObject({ failed: 3, pending: 0, redeliverable: 1 });
  });

  test("from a former subscriber does not affect its successor, which gets what is pending", async () => {
    const [former, next] = [new Receiver("silent"), new Receiver()];
    const delivery = new DeliveryDriver(former);
    const told = listen(delivery);
    const taken = delivery.post("a");
    await until(() => former.waiting === 1);
    await delivery.rpc.redirect({ ...delivery.target, subscriber: next.url });
    former.speak(410);
    await taken;
    await until(async () => (await delivery.report()).pending === 0);
    expect(next.bodies).toEqual(["a"]);
    expect(told).toEqual([]);
    expect(await delivery.report()).toMatchObject({ delivered: 1, failed: 0 });
  });

  test("is reported again with the next one if the queue could not be reached", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const delivery = new DeliveryDriver(new Receiver(410));
    const told = listen(delivery, false);
    expect([await delivery.post("a"), await delivery.post("b")]).toEqual(["taken", "taken"]);
    expect(told).toHaveLength(2);
  });
});

test("a final refusal ends the delivery at once, and it is kept for another try", async () => {
  const receiver = new Receiver(404, 200);
  const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ atOnce: 1, after5s: 1 }) });
  await delivery.post("a");
  expect(await delivery.report()).toMatchObject({ failed: 1, pending: 0, redeliverable: 1 });
  expect(receiver.received).toHaveLength(1);
});

describe("to a subscriber that has not confirmed", () => {
  test("a message waits by the policy, and a confirmation request is sent at once", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 2 }) });
    const { target } = delivery;
    delivery.target = { ...target, agreed: false };
    await delivery.post("a");
    await delivery.rpc.announce({ target: delivery.target, document: '{"body": "?"}' });
    await delivery.restart();
    await delivery.passToAlarm();
    expect(receiver.bodies).toEqual(["?"]);
    await delivery.rpc.redirect(target);
    await delivery.passToAlarm();
    expect(receiver.bodies).toEqual(["?", "a"]);
  });
});

describe("a delivery that cannot be sent", () => {
  test("for good is given up at once, without a call", async () => {
    const delivery = new DeliveryDriver("http://10.0.0.1/");
    await delivery.post("a", "b");
    const report = await delivery.report();
    expect(report).toMatchObject({ failed: 2, pending: 0, redeliverable: 2 });
    expect(report.attempts.map(({ outcome, reason, status }) => [outcome, reason, status])).toEqual([
      ["blocked", "private", null],
      ["blocked", "private", null],
    ]);
  });

  test("for now is retried by the policy, because a name may become allowed", async () => {
    const delivery = new DeliveryDriver("http://localhost/", { queuePolicy: retries({ after5s: 1 }) });
    await delivery.post("a");
    expect(await delivery.report()).toMatchObject({ failed: 0, pending: 1 });
    await delivery.passToEnd();
    expect(await delivery.report()).toMatchObject({ failed: 1, pending: 0 });
  });

  test("to a dead host counts as an attempt, by the same schedule and without a call", async () => {
    const receiver = new Receiver("unreachable");
    const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ atOnce: UNANSWERED_MAX, after5s: 1 }) });
    await delivery.post("a");
    expect(receiver.received).toHaveLength(UNANSWERED_MAX);
    expect((await delivery.report()).attempts[0]).toMatchObject({
      outcome: "skipped",
      reason: "silent-host",
      attempt: UNANSWERED_MAX + 1,
    });
    receiver.speak();
    await delivery.passToAlarm();
    expect(receiver.seconds.at(-1)).toBe(5);
    expect(await delivery.report()).toMatchObject({ delivered: 1, pending: 0 });
  });
});

describe("a subscriber whose host is dead", () => {
  const policy = { queuePolicy: retries({ after5s: 9 }) };

  async function silence(delivery: DeliveryDriver): Promise<void> {
    await delivery.post(...Array.from({ length: UNANSWERED_MAX }, (_, index) => index));
    expect(await delivery.post("found dead")).toBe("taken");
  }

  test("is attempted once for all that is due, and costs a row for each, one for all, and the alarm", async () => {
    const receiver = new Receiver("unreachable");
    const delivery = new DeliveryDriver(receiver, policy);
    await silence(delivery);
    const before = [receiver.received.length, await delivery.rowsWritten()];
    await delivery.passToAlarm();
    expect(receiver.received.length - (before[0] ?? 0)).toBe(1);
    expect((await delivery.rowsWritten()) - (before[1] ?? 0)).toBeLessThanOrEqual(UNANSWERED_MAX + 3);
  });

  test("gets no further messages for a while: a pending one shows when it is back", async () => {
    const receiver = new Receiver("unreachable");
    const delivery = new DeliveryDriver(receiver, policy);
    await silence(delivery);
    expect(await delivery.post("later")).toBe("silent");
    const before = await delivery.rowsWritten();
    expect(await delivery.post("later")).toBe("silent");
    expect(await delivery.rowsWritten()).toBe(before);
    for (let passed = 0; passed < SILENT_INTERVAL;) {
      const wait = ((await delivery.alarmIn()) ?? 0) / 1000;
      await delivery.passToAlarm();
      passed += wait;
    }
    expect(await delivery.post("in a while")).toBe("taken");
  });

  test("gets the next message as soon as it is replaced by another subscriber", async () => {
    const delivery = new DeliveryDriver(new Receiver("unreachable"), policy);
    await silence(delivery);
    expect(await delivery.post("later")).toBe("silent");
    const other = new Receiver();
    delivery.target = { ...delivery.target, subscriber: other.url };
    expect(await delivery.post("b")).toBe("taken");
    expect(other.bodies).toContain("b");
  });
});

test("retries are made a few at a time", async () => {
  const receiver = new Receiver(500);
  const delivery = new DeliveryDriver(receiver, { queuePolicy: retries({ after5s: 1 }) });
  await delivery.post(...Array.from({ length: 9 }, (_, index) => index));
  receiver.answers = ["silent"];
  await delivery.passToAlarm();
  expect(receiver.waiting).toBe(4);
  receiver.speak();
  await until(async () => (await delivery.report()).delivered === 9);
  expect(receiver.waitingMax).toBe(4);
});
