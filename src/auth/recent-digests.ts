/**
 * The digests of credentials that were accepted lately. A client sends the same credential with each request, and SHA-256 in
 * workerd takes 5 to 9 % of the time of a list (docs/PERFORMANCE.md).
 *
 * Where the texts are kept, in the memory of the isolate, are the service's own secrets too (ADR 27). A map compares its keys up
 * to the first difference, so its keys are only the ends of the texts. A whole text is compared in constant time.
 */
import { equalsInConstantTime } from "../domain/digest.ts";
import type { EpochMs } from "../domain/time.ts";
import { setBounded } from "../mechanisms/bounded-map.ts";

/** Credentials that are kept. */
const CAPACITY = 1000;
/** Milliseconds after which the next look-up forgets all. */
const AGE_MAX = 60_000;
/** Longer texts are not kept. Fernet tokens of Keystone have about 200 characters. */
const LENGTH_MAX = 1024;
/** Characters that the time of a look-up may reveal. All others remain to be guessed. */
const END_LENGTH = 6;

interface Entry {
  readonly text: string;
  readonly digest: string;
}

export class RecentDigests {
  private readonly entries = new Map<string, Entry>();
  private startedAt: EpochMs | null = null;

  /** The digest of a text that was added lately, or null. */
  find(text: string, now: EpochMs): string | null {
    if (this.startedAt === null || Math.abs(now - this.startedAt) >= AGE_MAX) {
      this.startedAt = now;
      this.entries.clear();
    }
    const entry = this.entries.get(endOf(text));
    return entry !== undefined && equalsInConstantTime(entry.text, text) ? entry.digest : null;
  }

  /** Only credentials that are accepted may be added, so that others cannot evict them. */
  add(text: string, digest: string): void {
    if (text.length <= LENGTH_MAX) setBounded(this.entries, endOf(text), { text, digest }, CAPACITY);
  }
}

function endOf(text: string): string {
  return text.slice(-END_LENGTH);
}
