/** Queues and topics whose last answers carried no figures, so that they have to be asked. */
import type { Place } from "../../domain/place.ts";

/** So many may have to be asked at once. */
const UNTOLD_MAX = 100;

/** A question to a place. */
export interface Question {
  readonly place: Place;
  /** Orders calls and answers of the isolate. */
  readonly step: number;
  /** The life of the object that told its figures last. */
  readonly life: unknown;
}

export class Untold {
  /** By their keys. `step`: of the last answer without figures. */
  private readonly places = new Map<string, Question>();

  add(key: string, last: Question): void {
    this.places.set(key, last);
  }

  /** Forgets what was answered before the call of this step: figures came with its answer, or nobody knows them. */
  settle(key: string, step: number): void {
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
    return [...this.places.values()].map((untold) => ({ ...untold, step: nextStep() }));
  }
}
