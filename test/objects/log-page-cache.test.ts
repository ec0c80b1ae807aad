/** Pages of the log that several subscriptions share: each is read once, and dropped when it is no longer needed. */
import { expect, test } from "vitest";
import { toEpoch } from "../../src/domain/id.ts";
import { LogPageCache } from "../../src/objects/queue/log-page-cache.ts";
import { SubscribedQueue } from "../support/fakes/subscribed-queue.ts";

const CHARACTERS_MAX = 4 * 1024 * 1024;

test("a page is read once for all subscriptions at a cursor that take as many at a time", () => {
  const [queue, pages] = [new SubscribedQueue(), new LogPageCache()];
  queue.post(...Array.from("abcdefghij"));
  const page = pages.pageAfter(2, 1, queue.log);
  expect(page).toMatchObject({ end: 6, size: '"c""d""e""f"'.length });
  expect(page.notifications.map(({ number, body }) => [number, body])).toEqual([
    [3, '"c"'],
    [4, '"d"'],
    [5, '"e"'],
    [6, '"f"'],
  ]);
  expect(pages.pageAfter(2, 1, queue.log)).toBe(page);
  expect(queue.pagesRead).toBe(1);
  expect(pages.pageAfter(2, 2, queue.log).end).toBe(10);
  expect(pages.pageAfter(6, 1, queue.log).end).toBe(10);
  expect(queue.pagesRead).toBe(3);
});

test("the eight newest pages are kept", () => {
  const [queue, pages] = [new SubscribedQueue(), new LogPageCache()];
  queue.post(...Array.from("abcdefghijklmnop"));
  for (let cursor = 0; cursor <= 8; cursor++) pages.pageAfter(cursor, 1, queue.log);
  for (let cursor = 1; cursor <= 8; cursor++) pages.pageAfter(cursor, 1, queue.log);
  expect(queue.pagesRead).toBe(9);
  pages.pageAfter(0, 1, queue.log);
  expect(queue.pagesRead).toBe(10);
});

test("no more characters are kept than the bound, except in the newest page", () => {
  const [queue, pages] = [new SubscribedQueue(), new LogPageCache()];
  queue.post(...Array.from({ length: 4 }, () => "x".repeat(CHARACTERS_MAX / 2)), "small");
  const large = pages.pageAfter(0, 1, queue.log);
  expect(pages.pageAfter(0, 1, queue.log)).toBe(large);
  pages.pageAfter(4, 1, queue.log);
  expect(pages.pageAfter(0, 1, queue.log)).not.toBe(large);
});

test("pages of an earlier life of the queue are not shown, nor after they were cleared", () => {
  const [queue, pages] = [new SubscribedQueue(), new LogPageCache()];
  queue.post("a");
  const page = pages.pageAfter(0, 1, queue.log);
  queue.epoch = toEpoch(1_800_000_000_000, 2);
  const next = pages.pageAfter(0, 1, queue.log);
  expect(next).not.toBe(page);
  pages.clear();
  expect(pages.pageAfter(0, 1, queue.log)).not.toBe(next);
  expect(queue.pagesRead).toBe(3);
});

test("an encrypted body is shown as a string, as upstream does", () => {
  const [queue, pages] = [new SubscribedQueue(), new LogPageCache()];
  queue.postStored("!sealed" as never);
  expect(pages.pageAfter(0, 1, queue.log).notifications.map(({ body }) => body)).toEqual(['"!sealed"']);
});
