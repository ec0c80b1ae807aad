/** What a calibration sends at most, what that costs, and what follows from its result. */
import { SHARDS_MAX, SHARDS_MIN } from "../src/domain/spread.ts";

export interface CalibrationOptions {
  readonly url: URL;
  /** Requests per second. No queue gets more. */
  readonly rateMax: number;
  /** Of each step. */
  readonly seconds: number;
  /** Queues that are loaded at the same time; each is an object of its own. */
  readonly objects: number;
}

export interface Step {
  readonly queues: number;
  /** Requests per second, of all queues together. */
  readonly rate: number;
}

/** A post, a claim and a deletion. */
export const REQUESTS_PER_LIFE = 3;
/** Of what one object carries: the load at which the protocol would spread a queue. */
export const USUAL_SHARE = 0.7;
const RATES = [50, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_500, 2_000, 3_000, 4_000];

/** Dollars for a million, of Cloudflare's paid plan: a row written, a request to the Worker and one to an object. */
const DOLLARS = { row: 1, request: 0.3, objectRequest: 0.15 };
/** A request to an object writes about one row, and the Worker makes one call. */
const DOLLARS_PER_MILLION = DOLLARS.row + DOLLARS.request + DOLLARS.objectRequest;

/** One queue, with more and more requests. */
export function stepsOfOne({ rateMax }: CalibrationOptions): readonly Step[] {
  const rates = RATES.filter((rate) => rate < rateMax);
  return [...rates, rateMax].map((rate) => ({ queues: 1, rate }));
}

/** 2, 4, 8 … queues, each with the usual share of what one object carries. */
export function stepsOfMany({ objects }: CalibrationOptions, carried: number): readonly Step[] {
  const steps: Step[] = [];
  for (let queues = 2; queues <= objects; queues *= 2) steps.push({ queues, rate: USUAL_SHARE * carried * queues });
  return steps;
}

export interface Bound {
  readonly requests: number;
  /** At Cloudflare's prices, without what is included every month. */
  readonly dollars: number;
  readonly seconds: number;
}

/** No calibration with these options sends more. */
export function boundOf(options: CalibrationOptions): Bound {
  const steps = [...stepsOfOne(options), ...stepsOfMany(options, options.rateMax)];
  const perSecond = steps.reduce((sum, { rate }) => sum + rate, 0);
  // The check of the sender repeats at most the largest step, without an object. First it asks whether
  // there is a service. Each queue is created and deleted.
  const largest = Math.max(...steps.map(({ rate }) => rate));
  const requests = Math.ceil((perSecond + largest) * options.seconds) + 1 + 2 * options.objects;
  return {
    requests,
    dollars: (requests * DOLLARS_PER_MILLION) / 1e6,
    seconds: (steps.length + 1) * (options.seconds + GRACE_SECONDS),
  };
}

/** A step waits so long for its last answers. */
export const GRACE_SECONDS = 2;

/** SHARDS for so many requests per second, if an object carries `carried`: the home, and shards with the usual share. */
export function shardsFor(rate: number, carried: number): string {
  const objects = 1 + Math.ceil(rate / (USUAL_SHARE * carried));
  return objects > SHARDS_MAX ? `more than ${SHARDS_MAX}` : String(Math.max(SHARDS_MIN, objects));
}
