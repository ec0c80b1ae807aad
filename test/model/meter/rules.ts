/** The bounds of the protocol, and its rules by name. A test takes each rule out, and the model must then find a violation. */

export {
  BEGIN_WAIT_MS,
  DELIVERY_REPORT_MS,
  FLUSH_MS,
  LATE_MS,
  LEASE_MS,
  POINT_MS,
  REPEAT_MS,
  SKEW_MS,
} from "../../../src/domain/metering.ts";

/** Milliseconds that a queue stays hot. Shorter than the 10 minutes of the service, so that queues cool within a run. */
export const HOT_MS = 45_000;
/** Milliseconds after which an unanswered call has failed for its caller. */
export const TIMEOUT_MS = 2_000;
/** Milliseconds that an isolate works after its last answer. */
export const WAIT_UNTIL_MS = 30_000;
/** Milliseconds without changes after which a queue must be shown as it is. */
export const QUIET_MS = 20_000;

export const RULES = {
  // Queues.
  "counts after a restart are bounded by the newest row": "otherwise by the live claims only",
  "bounds count stretched lives": "otherwise the ttl of the post only",
  "adopted messages are reported by an alarm": "otherwise only by the call's answer",
  "a failed report of an alarm is repeated": "otherwise it is tried once",
  "an alarm tells that a life is lost": "otherwise the counter of that life is missing from an exact one",
  "a queue has no timer for figures": "otherwise it reports 8 s after a change by itself",
  "a wait is counted by the claim before it": "otherwise by the call that waits",
  "pending notifications are bounded by sequence numbers": "otherwise by what the delivery last said",
  "only a delivery of this life of the queue bounds": "otherwise sequence numbers of two lives are compared",
  "a delivery reports what it does by itself": "otherwise only its answers tell",
  // Isolates.
  "a change begins": "otherwise only reports tell of it",
  "an answer waits for its begin": "otherwise it leaves at once",
  "a begin precedes changes after the lease": "otherwise a session never ends for its isolate",
  "a begin names each queue that is not known to be hot": "otherwise a session is enough",
  "a wait begins": "otherwise it counts as a read",
  "a failed call is a doubt": "otherwise it is forgotten",
  "what answers have not told is asked before a report": "otherwise it waits for the next answer",
  "figures tell only of answers before their call": "otherwise also of those that came while it was under way",
  "another life than that of untold answers is a doubt": "otherwise its counters count as all",
  "a final report waits for changes in flight": "otherwise it ends the session under them",
  // The meter.
  "hot marks are durable": "otherwise they are in memory",
  "a report opens its session": "otherwise only begins do",
  "a lost session makes hot queues unconfirmed": "otherwise it just ends",
  "a lost session concerns all hot queues": "otherwise those of its own begins",
  "a session is as old as the sending of its report": "otherwise as its arrival",
  "a repeated begin renews nothing": "otherwise it renews the session",
  "a final report ends its own session only": "otherwise all of its isolate",
  "an unclean start makes hot queues unconfirmed": "otherwise it continues with what is stored",
  "a report makes its queues hot": "otherwise only begins do",
  "a queue is hot until it is cooled": "otherwise until its time is over",
  "figures of one life are ordered by version": "otherwise by arrival",
  "figures of lives are ordered by their start": "otherwise by arrival",
  "lives that started together are asked": "otherwise the later start wins",
  "an answer to a question replaces only older figures": "otherwise all figures",
  "figures of a deleted queue are kept while it is hot": "otherwise they go at once",
  "old figures do not enter as new": "otherwise they are confirmed",
  "counters add the growth of each life": "otherwise the growth of the total",
  "late figures do not start a counter": "otherwise the first that arrive after an unclean start do",
  "forgotten lives count nothing": "otherwise they count as new ones",
  "an unclean start restarts counters": "otherwise they continue from the stored row",
  "only unconfirmed queues are asked": "otherwise all that are looked at",
  "free is an interval around what may lapse": "otherwise at most",
  "a gap in a series is a gap": "otherwise 0",
} as const;

export type Rule = keyof typeof RULES;
