/** Queues and topics whose last answers carried no figures, so that they have to be asked. */
import type { Place } from "../../domain/place.ts";

/** So many may have to be asked at once. */
const UNTOLD_MAX = 100;

/** A question to a place. */
export interface Question {
  readonly place: Place;
  /** Orders calls and answers of the isolate. */
  readonly step: number;
}

/** The last answer of a place without figures. */
interface UntoldAnswer extends Question {
  /** The life of the object that told its figures last; undefined: none has. */
  readonly life: unknown;
}

export class Untold {
  /** By their keys. */
  private readonly places = new Map<string, UntoldAnswer>();

  add(key: string, last: UntoldAnswer): void {
    this.places.set(key, last);
  }

  /**
   * Figures of this life came with the answer to the call of this step: forgets what was answered before it. false: they are of
   * another life, and what the one before counted without telling it is lost.
   */
  hear(key: string, step: number, life: unknown): boolean {
    const untold = this.places.get(key);
    if (untold === undefined) return true;
    if (untold.step < step) this.places.delete(key);
    else this.places.set(key, { ...untold, life });
    return untold.life === undefined || untold.life === life;
  }

  /** Forgets what was answered before the call of this step, because nobody knows it. */
  giveUp(key: string, step: number): void {
    const untold = this.places.get(key);
    if (untold !== undefined && untold.step < step) this.places.delete(key);
  }

  get isEmpty(): boolean {
    return this.places.size === 0;
  }

  get isFull(): boolean {
    return this.places.size >= UNTOLD_MAX;
  }

  /** `nextStep`: of the call that asks. */
  questions(nextStep: () => number): readonly Question[] {
    return [...this.places.values()].map(({ place }) => ({ place, step: nextStep() }));
  }
}
