/**
 * How much may be pushed to a client that may not be reading. The runtime buffers what a client does not read, without a limit
 * and without telling, so what is pushed is limited in three ways: a rate, a time for which queues may be behind because of that
 * rate, and an amount since the client was last heard of.
 */
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { ByteBucket } from "../mechanisms/byte-bucket.ts";

/** What survives the hibernation of a connection. */
export interface PushState {
  /** Since when pushes have been refused again and again; null: the last one was not. */
  readonly refusedSince: EpochMs | null;
  readonly refusedAt: EpochMs;
  /** Bytes pushed since the last frame of the client. */
  readonly unheard: number;
}

/** Seconds of the rate that may be pushed at once. */
const BURST_S = 16;
/** For how long a queue may be behind. */
const BEHIND_MAX = toSeconds(60);
/** Queues repeat what was refused every 10 seconds. After so long without a refusal none is behind any more. */
const CALM = toSeconds(25);
/** Bytes by which the kept amount may be too low, because keeping it has a cost. */
const UNHEARD_RESOLUTION = 1_048_576;

export const NOTHING_PUSHED: PushState = { refusedSince: null, refusedAt: toEpochMs(0), unheard: 0 };

export interface PushBudgetOptions {
  readonly now: EpochMs;
  /** Bytes per second. */
  readonly rate: number;
  /** Bytes. */
  readonly unheardMax: number;
  /** Keeps the state with the connection. */
  readonly keep: (state: PushState) => void;
}

export class PushBudget {
  private readonly bucket: ByteBucket;
  private readonly unheardMax: number;
  private readonly keep: (state: PushState) => void;
  private state: PushState;
  private kept: PushState;

  constructor(state: PushState, { now, rate, unheardMax, keep }: PushBudgetOptions) {
    this.bucket = new ByteBucket({ rate, burst: BURST_S * rate }, now);
    this.unheardMax = unheardMax;
    this.keep = keep;
    this.state = state;
    this.kept = state;
  }

  /** `full`: nothing may be pushed now. `unheard`: nothing may be pushed to this client any more. */
  take(bytes: number, now: EpochMs): "taken" | "full" | "unheard" {
    const unheard = this.state.unheard + bytes;
    if (unheard > this.unheardMax) return "unheard";
    if (this.bucket.wait(now) > 0) {
      this.refuse(now);
      return "full";
    }
    this.bucket.spend(bytes, now);
    this.change({ ...this.state, unheard }, unheard - this.kept.unheard >= UNHEARD_RESOLUTION);
    return "taken";
  }

  /** Notes that the client has sent something. */
  hear(): void {
    if (this.state.unheard > 0) this.change({ ...this.state, unheard: 0 }, this.kept.unheard > 0);
  }

  /** When the client will have been too slow for too long, as far as is known now; null: it is not too slow. */
  deadlineAt(now: EpochMs): EpochMs | null {
    const { refusedSince, refusedAt } = this.state;
    if (refusedSince === null || now > after(refusedAt, CALM)) return null;
    return after(refusedSince, BEHIND_MAX);
  }

  private refuse(now: EpochMs): void {
    const { refusedSince, refusedAt } = this.state;
    const isNew = refusedSince === null || now > after(refusedAt, CALM);
    this.change({ ...this.state, refusedSince: isNew ? now : refusedSince, refusedAt: now }, true);
  }

  private change(state: PushState, isKept: boolean): void {
    this.state = state;
    if (!isKept) return;
    this.kept = state;
    this.keep(state);
  }
}
