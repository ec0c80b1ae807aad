/** What a page asks the service for while it is shown. */
import { useEffect, useMemo } from "preact/hooks";
import { Poll, type PollOptions } from "../state/poll.ts";
import { client } from "../state/session.ts";

/** A poll that runs as long as the component is there. Another `key` is another one, which begins without an answer. */
export function usePoll<T>(key: string, options: PollOptions<T>): Poll<T> {
  const poll = useMemo(() => new Poll<T>(options), [key]);
  // Another credential is asked with at once.
  const { value: signedIn } = client;
  useEffect(() => poll.start(), [poll, signedIn]);
  return poll;
}
