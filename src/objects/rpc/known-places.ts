/**
 * The queues and topics that an isolate calls: which are hot at the meter, and which of their answers carry figures. In every
 * answer these made a request 4 to 12 % dearer, so those of a busy queue come now and then, and what its last answers have not
 * told is asked for before the next report.
 */
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import { AnswerPace, TELLING } from "./answer-pace.ts";
import { Untold, type Question } from "./untold.ts";

/** A further queue is no longer known to be hot, and costs a begin. */
const HOT_MAX = 10_000;

/** A call to a queue or topic, by its `step` before or after other calls and answers. */
export interface SentCall extends Question {
  readonly withFigures: boolean;
}

interface Known {
  hotUntil: number;
  readonly pace: AnswerPace;
  /** Of the object that told its figures last. */
  life: unknown;
}

export class KnownPlaces {
  private readonly telling: typeof TELLING;
  private readonly known = new Map<string, Known>();
  private readonly untold = new Untold();
  private steps = 0;

  constructor(telling = TELLING) {
    this.telling = telling;
  }

  heat(place: Place, until: number): void {
    const known = this.of(place);
    known.hotUntil = Math.max(known.hotUntil, until);
  }

  isHot(place: Place, now: EpochMs): boolean {
    return (this.known.get(keyOf(place))?.hotUntil ?? 0) > now;
  }

  startChange(place: Place, now: EpochMs, mustTell: boolean): SentCall {
    const withFigures = this.of(place).pace.wantsWithChange(now, mustTell || this.untold.isFull);
    return { place, step: this.steps++, withFigures };
  }

  /** A read leaves nothing untold. */
  startRead(place: Place, now: EpochMs): SentCall {
    return { place, step: this.steps++, withFigures: this.of(place).pace.wantsWithRead(now) };
  }

  /** Figures came, of this life. false: what an earlier life has counted is lost. */
  hear({ place, step }: Question, life: unknown): boolean {
    const key = keyOf(place);
    const known = this.known.get(key);
    if (known !== undefined) known.life = life;
    return this.untold.hear(key, step, life);
  }

  /** A change was answered without figures. */
  miss(place: Place): void {
    const key = keyOf(place);
    this.untold.add(key, { place, step: this.steps++, life: this.known.get(key)?.life });
  }

  /** A question was not answered. */
  giveUp({ place, step }: Question): void {
    this.untold.giveUp(keyOf(place), step);
  }

  get isAllTold(): boolean {
    return this.untold.isEmpty;
  }

  /** Questions for all that has not been told. */
  questions(): readonly Question[] {
    return this.untold.questions(() => this.steps++);
  }

  private of(place: Place): Known {
    const key = keyOf(place);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fresh = { hotUntil: 0, pace: new AnswerPace(this.telling), life: undefined };
    setBounded(this.known, key, fresh, HOT_MAX);
    return fresh;
  }
}

function keyOf({ kind, name }: Place): string {
  return `${kind}/${name}`;
}
