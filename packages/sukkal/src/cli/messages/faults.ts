/** Failed requests of a consumer, which repeats them: those that will never succeed end it, the others are shown. */
import { SukkalError } from "../../error.ts";
import type { Output } from "../terminal/output.ts";
import { duration } from "../terminal/units.ts";

export class Faults {
  /** Why the consumer has to end; null: it goes on. */
  fatal: SukkalError | null = null;
  private readonly output: Output;
  private shown: string | null = null;

  constructor(output: Output) {
    this.output = output;
  }

  /** `hasWorked`: it had messages before. Returns whether the consumer has to end. */
  note(error: unknown, { hasWorked }: { readonly hasWorked: boolean }): boolean {
    if (error instanceof SukkalError) {
      const { status } = error;
      // The credential, or the request itself, such as a lease that the service does not allow, or an address of another server.
      if (status === 401 || status === 403 || (!error.isRetryable && !hasWorked)) {
        this.fatal = error;
        return true;
      }
    }
    const text = error instanceof Error ? error.message : String(error);
    // An outage has one failure after the other.
    if (text !== this.shown) this.output.warn(`${text}. Trying again${laterOf(error)}.`);
    this.shown = text;
    return false;
  }

  /** It works again, so that the next failure is shown. */
  clear(): void {
    this.shown = null;
  }
}

function laterOf(error: unknown): string {
  const after = error instanceof SukkalError ? (error.retryAfter ?? 0) : 0;
  return after < 1 ? "" : ` in ${duration(after)}, as the service asks`;
}
