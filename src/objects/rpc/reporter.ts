/**
 * What an isolate has to know to report the figures of one project: news, the session, and which queues are hot at the meter.
 * Without clock, timers and calls of its own; `test/model/meter` runs it under faults. All times are of the isolate's clock.
 */
import { FLUSH_MS, LATE_MS, LEASE_MS, PACE_MAX, REPEAT_MS } from "../../domain/metering.ts";
import type { Place } from "../../domain/place.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { ConsumerBook } from "./consumer-book.ts";
import type { Telling } from "./answer-pace.ts";
import { KnownPlaces, type Question, type SentCall } from "./known-places.ts";
import type { BeginRequest, MeterReply, ReportRequest } from "./meter.ts";
import { News } from "./news.ts";

/** So long a change may take. Then its request has been ended by the runtime, and its outcome is not known. */
const CHANGE_MS_MAX = 2 * LATE_MS;

interface Session {
  readonly id: string;
  /** From the sending of its first begin, by which the meter counts its lease even if only a later one is answered. */
  readonly firstLeaseUntil: number;
  /** Until when the meter will notice its end. 0: not before the first reply. */
  provenUntil: number;
  /** The factor of periods that the meter knows for it. */
  pace: number;
}

export interface AnsweredFigures {
  readonly figures?: readonly unknown[];
  readonly deliveries?: readonly (readonly unknown[])[];
}

export class Reporter {
  readonly consumers = new ConsumerBook();
  private readonly id: string;
  private sessions = 0;
  private session: Session | null = null;
  /** A session whose final report may not have arrived. */
  private ending: string | null = null;
  private readonly places: KnownPlaces;
  private readonly news = new News();
  /** Changes that have been sent and not been answered. */
  private readonly changes = new Set<SentCall>();
  private changedAt = Number.NEGATIVE_INFINITY;
  private pace = 1;

  /** `id`: random. */
  constructor(id: string, telling?: Telling) {
    this.id = id;
    this.places = new KnownPlaces(telling);
  }

  /** Before a change is sent. */
  startChange(place: Place, now: EpochMs): SentCall {
    const change = this.places.startChange(place, now, this.periodMs > FLUSH_MS);
    this.changes.add(change);
    this.changedAt = now;
    return change;
  }

  /** After its answer has left, or just before. */
  endChange(change: SentCall): void {
    this.changes.delete(change);
  }

  /** Before a call is sent that changes nothing. */
  startRead(place: Place, now: EpochMs): SentCall {
    return this.places.startRead(place, now);
  }

  /** After the answer to a change. */
  learn(change: SentCall, answer: AnsweredFigures, now: EpochMs): void {
    if (change.withFigures) this.hear(change, answer, now);
    else this.places.miss(change);
  }

  /** Questions for what answers have not told. They come before a report, which is not final without their answers. */
  questions(): readonly Question[] {
    return this.places.questions();
  }

  /** A question was not answered. */
  giveUp(question: Question, now: EpochMs): void {
    this.places.giveUp(question);
    this.doubt(question.known.place, now);
  }

  /** Figures of the called place, if its object has any: in the answer to a call or to a question. */
  hear(call: Question, answer: AnsweredFigures, now: EpochMs): void {
    const { place } = call.known;
    const { figures, deliveries = [] } = answer;
    if (!this.places.hear(call, lifeOf(answer))) this.doubt(place, now);
    let isKept = figures === undefined || this.news.learn(place, figures);
    for (const packed of deliveries) isKept = this.news.learnDelivery(place, packed) && isKept;
    if (!isKept) this.abandon();
  }

  /** What a call did is not known. */
  doubt(place: Place, now: EpochMs): void {
    if (!this.news.doubt(place, now)) this.abandon();
  }

  /** Whether a change must not be answered before a begin is. */
  needsBegin({ known, sentAt }: SentCall): boolean {
    return this.session === null || this.session.provenUntil <= sentAt || known.hotUntil <= sentAt;
  }

  begin(place: Place, now: EpochMs): BeginRequest {
    const { session } = this;
    const isOpen = session !== null && Math.max(session.firstLeaseUntil, session.provenUntil) > now;
    const { id, pace } = isOpen ? session : this.open(now);
    return { reporter: this.id, session: id, sentAt: now, pace, places: [place] };
  }

  begun(request: BeginRequest, reply: MeterReply): void {
    this.obey(reply, request.sentAt);
    const { session } = this;
    if (session === null || session.id !== request.session) return;
    session.provenUntil = Math.max(session.provenUntil, session.firstLeaseUntil);
  }

  /** Whether the meter has been told everything, or there was nothing to tell. */
  get isIdle(): boolean {
    return this.news.isEmpty && this.session === null && this.ending === null;
  }

  /** Milliseconds from the first news to the report. */
  get flushMs(): number {
    // An object that waited longer for a question might be evicted before, with its counts.
    return this.places.isAllTold ? this.periodMs : FLUSH_MS;
  }

  report(now: EpochMs): ReportRequest {
    for (const change of this.changes) {
      if (now - change.sentAt < CHANGE_MS_MAX) continue;
      this.changes.delete(change);
      this.doubt(change.known.place, now);
    }
    const final = this.changes.size === 0 && this.places.isAllTold && now - this.changedAt > REPEAT_MS;
    const session = this.session?.id ?? this.ending;
    if (final) {
      this.session = null;
      this.ending = session;
    }
    return { reporter: this.id, session, final, sentAt: now, pace: this.pace, ...this.takeNews() };
  }

  /** What somebody who looks now has to see. It is no sign of life of the session. null: there is no news. */
  extraReport(now: EpochMs): ReportRequest | null {
    if (this.news.isEmpty && this.consumers.isEmpty) return null;
    return { reporter: this.id, session: null, final: true, sentAt: now, ...this.takeNews() };
  }

  /** Whether there is nothing more to report, until the next news. */
  reported(request: ReportRequest, reply: MeterReply): boolean {
    this.news.forget(request);
    this.obey(reply, request.sentAt);
    const { session } = this;
    if (request.final && this.ending === request.session) this.ending = null;
    if (session !== null && session.id === request.session) {
      // The report opened the session if the meter did not know it, perhaps because it has started anew.
      const { pace = 1, sentAt } = request;
      session.provenUntil = Math.max(session.provenUntil, sentAt + LEASE_MS * pace);
      session.pace = pace;
    }
    return request.final && this.news.isEmpty && this.session === null;
  }

  private get periodMs(): number {
    return FLUSH_MS * (this.session?.pace ?? this.pace);
  }

  private takeNews(): Pick<ReportRequest, "figures" | "deliveries" | "doubts" | "consumers"> {
    const consumers = this.consumers.take();
    return { ...this.news.all(), ...(consumers.length > 0 ? { consumers } : {}) };
  }

  private open(now: EpochMs): Session {
    const { pace } = this;
    const session = {
      id: `${this.id}.${this.sessions++}`,
      firstLeaseUntil: now + LEASE_MS * pace,
      provenUntil: 0,
      pace,
    };
    this.session = session;
    return session;
  }

  /** News is lost. The meter notices that, because the session ends without a report. */
  private abandon(): void {
    this.session = null;
  }

  private obey({ hot = [], pace }: MeterReply, sentAt: EpochMs): void {
    this.pace = Math.max(1, Math.min(PACE_MAX, pace));
    for (const [place, forMs] of hot) this.places.heat(place, toEpochMs(sentAt + forMs));
  }
}

/** The life of the object that packed the figures (domain/packed-figures.ts). */
function lifeOf({ figures }: AnsweredFigures): unknown {
  return figures?.[2];
}
