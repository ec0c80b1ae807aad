/** What the service shows of a queue, in the form in which it is compared with the model. */
import type { Message, Queue } from "../drivers/zaqar-client.ts";
import { agree } from "./agree.ts";
import type { DetailedView, View } from "./queue-model.ts";

/** Everything in a queue, page by page. */
export async function allOf(queue: Queue): Promise<DetailedView[]> {
  const found: DetailedView[] = [];
  let marker: string | null = null;
  do {
    const query = { include_claimed: true, include_delayed: true, details: true, limit: 20 };
    const page = (await queue.list(marker === null ? query : { ...query, marker })) as readonly (Message & Details)[];
    found.push(...page.map((message) => ({ ...toView(message), ...detailsOf(message) })));
    marker = page.length < 20 ? null : (page.at(-1)?.id ?? null);
  } while (marker !== null);
  return found;
}

export function views(messages: readonly Message[]): View[] {
  return messages.map(toView);
}

function toView({ id, body, ttl, age, href }: Message): View {
  return { id, body, ttl, age, claim: href.split("?claim_id=")[1] ?? null };
}

interface Details {
  readonly claim_count: number;
  readonly created: string;
  readonly claimed_until: string | null;
  readonly delayed_until: string | null;
  readonly dead_letter: { readonly queue: string; readonly at: string } | null;
}

function detailsOf(message: Details): Omit<DetailedView, keyof View> {
  const letter = message.dead_letter;
  if (letter !== null) agree("the queue that a dead letter has left", letter.queue, "orders");
  return {
    claimCount: message.claim_count,
    created: toSeconds(message.created),
    claimedUntil: message.claimed_until === null ? null : toSeconds(message.claimed_until),
    delayedUntil: message.delayed_until === null ? null : toSeconds(message.delayed_until),
    deadAt: letter === null ? null : toSeconds(letter.at),
  };
}

function toSeconds(text: string): number {
  return Date.parse(text) / 1000;
}
