/** The page of one object of a spread queue, of which its home makes a list (spread-list.ts). */
import type { Message, PageFilter } from "../../domain/message.ts";
import type { PageAnswer, PageQuestion } from "../../domain/log-place.ts";
import type { LogHost } from "./log-host.ts";

type PagedHost = Pick<LogHost, "advanceToNow" | "bodies" | "last" | "queue" | "raise" | "write">;

export async function readLogPageOf(
  host: PagedHost,
  { from, limit, raise }: PageQuestion,
  filter: PageFilter,
): Promise<PageAnswer<Message>> {
  if (raise > 0) await host.write(() => host.raise(raise));
  const now = host.advanceToNow();
  const { queue, last } = host;
  if (queue === null) return { entries: [], through: null, last };
  const page = queue.messages.page({ from, limit }, filter, now);
  const isWhole = page.entries.length < limit && !page.hasMore();
  const numbers = new Map(page.entries.map(({ number, message }) => [message.id, number]));
  const messages = await host.bodies.open(page.entries.map(({ message }) => message));
  const entries = messages.map((message) => ({ number: numbers.get(message.id) ?? last, message }));
  return { entries, through: isWhole ? null : page.last, last };
}
