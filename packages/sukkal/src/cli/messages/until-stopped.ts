/** A consumer that a person can interrupt: the first Ctrl-C ends it after what is in work, the second one at once. */
import type { Consumer, StopOptions } from "../../consumer.ts";
import type { Session } from "../command.ts";

/** `options`: of the first stop. */
export async function untilStopped(
  { signal, cli }: Pick<Session, "signal" | "cli">,
  consumer: Consumer<unknown>,
  { onStop, ...options }: StopOptions & { readonly onStop?: () => void } = {},
): Promise<void> {
  const stop = (): void => {
    onStop?.();
    void consumer.stop(options);
  };
  const force = (): void => void consumer.stop({ force: true });
  signal.addEventListener("abort", stop);
  cli.forced.addEventListener("abort", force);
  if (signal.aborted) stop();
  try {
    await consumer.stopped;
  } finally {
    signal.removeEventListener("abort", stop);
    cli.forced.removeEventListener("abort", force);
  }
}
