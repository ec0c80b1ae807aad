/** A claim that a person can interrupt: what the service has leased meanwhile goes back. */
import type { Claim, ClaimOptions } from "../../claim.ts";
import type { Queue } from "../../queue.ts";
import { pause } from "../../time.ts";
import type { Session } from "../command.ts";

/** Milliseconds after which the end of the wait is asked for again: the first may have come before the wait. */
const AGAIN_MS = 200;
/** Milliseconds before the next request, if the service did not wait. */
const IDLE_MS = 1000;

/**
 * An aborted request might have a claim whose answer nobody reads, and its messages would be leased to nobody. So an
 * interrupted wait is ended at the service, and what comes is released and not counted as an attempt. A second Ctrl-C
 * aborts the request.
 */
export async function claimOrStop(
  queue: Queue,
  options: ClaimOptions,
  { signal, cli }: Pick<Session, "signal" | "cli">,
): Promise<Claim<unknown> | null> {
  const answered = new AbortController();
  const endWait = async (): Promise<void> => {
    while (!answered.signal.aborted) {
      await queue.endWaits({ signal: answered.signal }).catch(() => {});
      await pause(AGAIN_MS, answered.signal);
    }
  };
  const stop = (): void => void endWait();
  signal.throwIfAborted();
  signal.addEventListener("abort", stop);
  try {
    const claim = await waitFor(queue, { ...options, signal: cli.forced }, signal);
    if (!signal.aborted) return claim;
    const ids = claim?.messages.map(({ id }) => id) ?? [];
    await claim?.settle({ release: [{ ids, count: false }] }, { signal: cli.forced });
    signal.throwIfAborted();
    return null;
  } finally {
    answered.abort();
    signal.removeEventListener("abort", stop);
  }
}

/** A service waits for a shorter time than was asked for, if its maximum is shorter, so it is asked again. */
async function waitFor(queue: Queue, options: ClaimOptions, signal: AbortSignal): Promise<Claim<unknown> | null> {
  const end = performance.now() + (options.wait ?? 0) * 1000;
  for (;;) {
    const left = Math.max(0, (end - performance.now()) / 1000);
    const { claim, waited } = await queue.claimOrWait({ ...options, wait: left });
    if (claim !== null || signal.aborted || performance.now() >= end) return claim;
    if (!waited) await pause(Math.min(IDLE_MS, end - performance.now()), signal);
  }
}
