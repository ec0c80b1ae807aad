/** One page of messages, by looking: nothing is claimed, and no claim is counted. */
import { useRef } from "preact/hooks";
import { usePoll } from "../../../components/use-poll.ts";
import type { Poll } from "../../../state/poll.ts";
import { clientOfPlace, type PlaceId } from "../place-data.ts";
import type { PeekedMessage } from "./message-state.ts";

/** As many as one request may ask for, unless the service has other settings. */
export const PAGE_SIZE = 20;
/** Milliseconds. Bodies are more to load than figures. */
const PERIOD = 5000;

/** `marker`: the id of the last message before the page; null: the page begins with the oldest. */
export function usePeek(place: PlaceId, marker: string | null): Poll<readonly PeekedMessage[]> {
  return usePoll<readonly PeekedMessage[]>(`${place.kind}/${place.name}/messages/${marker}`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const options = { limit: PAGE_SIZE, echo: true, includeClaimed: true, includeDelayed: true, signal };
      const found: PeekedMessage[] = [];
      for await (const message of clientOfPlace(place).messages({ ...options, marker: marker ?? undefined })) {
        found.push(message);
        if (found.length === PAGE_SIZE) break;
      }
      return found;
    },
    newsOf: (messages) => messages.map(({ id, claimedUntil, claimCount }) => [id, claimedUntil, claimCount]),
  });
}

export interface PeekedRow {
  readonly message: PeekedMessage;
  /** It is not in the queue any more. */
  readonly isGone: boolean;
}

/** The rows that are shown: while `isStill` they keep their places, and those that have gone since are marked. */
export function useRows(
  messages: readonly PeekedMessage[] | null,
  page: string,
  isStill: boolean,
): readonly PeekedRow[] {
  const shown = useRef<{ page: string; rows: readonly PeekedRow[] }>({ page, rows: [] });
  if (messages === null) {
    if (shown.current.page !== page) shown.current = { page, rows: [] };
    return shown.current.rows;
  }
  const before = shown.current;
  const byId = new Map(messages.map((message) => [message.id, message]));
  const keeps = isStill && before.page === page && before.rows.length > 0;
  const rows = keeps
    ? before.rows.map(({ message }) => ({ message: byId.get(message.id) ?? message, isGone: !byId.has(message.id) }))
    : messages.map((message) => ({ message, isGone: false }));
  shown.current = { page, rows };
  return rows;
}
