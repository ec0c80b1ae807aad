/**
 * The queues and topics that an isolate calls: which are hot at the meter, and which of their answers carry figures. In every
 * answer these made a request 4 to 12 % dearer, so those of a busy queue come now and then, and what its last answers have not
 * told is asked for before the next report.
 */
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import { AnswerPace, TELLING } from "./answer-pace.ts";

/** A further queue is no longer known to be hot, and costs a begin. */
const HOT_MAX = 10_000;
/** So many queues and topics may have to be asked at once. */
const UNTOLD_MAX = 100;

interface Known {
  readonly place: Place;
  hotUntil: number;
  readonly pace: AnswerPace;
  /** Of the object that told its figures last; undefined: none has. */
  life: unknown;
  /** The step of the last answer without figures. */
  missedAt: number;
  /** The life that may have counted without telling it, as far as it is known. */
  missedLife: unknown;
}

/** A question to a place. */
export interface Question {
  readonly known: Known;
  /** Orders calls and answers of the isolate. */
  readonly step: number;
}

/** A call to a queue or topic. */
export interface SentCall extends Question {
  readonly sentAt: EpochMs;
  readonly withFigures: boolean;
}

export class KnownPlaces {
  private readonly telling: typeof TELLING;
  private readonly known = new Map<string, Known>();
  /** Their last answers carried no figures, so that they have to be asked. */
  private readonly untold = new Set<Known>();
  private steps = 0;

  constructor(telling = TELLING) {
    this.telling = telling;
  }

  heat(place: Place, until: number): void {
    const known = this.of(place);
    known.hotUntil = Math.max(known.hotUntil, until);
  }

  startChange(place: Place, now: EpochMs, mustTell: boolean): SentCall {
    const known = this.of(place);
    const withFigures = known.pace.wantsWithChange(now, mustTell || this.untold.size >= UNTOLD_MAX);
    return { known, step: this.steps++, sentAt: now, withFigures };
  }

  /** A read leaves nothing untold. */
  startRead(place: Place, now: EpochMs): SentCall {
    const known = this.of(place);
    return { known, step: this.steps++, sentAt: now, withFigures: known.pace.wantsWithRead(now) };
  }

  /** Figures of this life came: what was answered before that call is told. false: what an earlier life has counted is lost. */
  hear({ known, step }: Question, life: unknown): boolean {
    known.life = life;
    if (!this.untold.has(known)) return true;
    const isKept = known.missedLife === undefined || known.missedLife === life;
    known.missedLife = life;
    this.giveUp({ known, step });
    return isKept;
  }

  /** A change was answered without figures. */
  miss({ known }: SentCall): void {
    known.missedAt = this.steps++;
    known.missedLife = known.life;
    this.untold.add(known);
  }

  /** A question was not answered: nobody knows what was answered before it. */
  giveUp({ known, step }: Question): void {
    if (known.missedAt < step) this.untold.delete(known);
  }

  get isAllTold(): boolean {
    return this.untold.size === 0;
  }

  /** Questions for all that has not been told. */
  questions(): readonly Question[] {
    return [...this.untold].map((known) => ({ known, step: this.steps++ }));
  }

  private of(place: Place): Known {
    const key = `${place.kind}/${place.name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const pace = new AnswerPace(this.telling);
    const fresh = { place, hotUntil: 0, pace, life: undefined, missedAt: -1, missedLife: undefined };
    setBounded(this.known, key, fresh, HOT_MAX);
    return fresh;
  }
}
