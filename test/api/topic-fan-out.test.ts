/**
 * A post to a topic with many subscribers (the benchmark has a thousand). It has its own file, because the writes of all their
 * objects afterwards keep the machine busy.
 */
import { expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

const SUBSCRIBERS = 200;

test("reaches each of them once", async () => {
  const news = await project().topic();
  const hooks = Array.from({ length: SUBSCRIBERS }, () => new Receiver());
  await Promise.all(hooks.map((hook) => news.subscribe(hook.url)));
  await news.post("to all");
  // Far more than needed: every object has to be started.
  const reached = (): number => hooks.filter(({ received }) => received.length > 0).length;
  await expect.poll(reached, { timeout: 25_000, interval: 100 }).toBe(SUBSCRIBERS);
  expect(hooks.flatMap(({ bodies }) => bodies)).toEqual(hooks.map(() => "to all"));
});
