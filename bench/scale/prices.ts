/** What a million messages cost, without what is included every month. docs/SCALING.md has the sources of the prices. */

/** Dollars for a million. */
const CLOUDFLARE = {
  rowsWritten: 1,
  rowsRead: 0.001,
  objectRequests: 0.15,
  requests: 0.3,
  cpuMs: 0.02,
  gigabyteSeconds: 12.5,
};
const QUEUES_OPERATIONS = 0.4;
const SQS_REQUESTS = { standard: 0.4, fifo: 0.5 };

/** For one message, from its post to its deletion. */
interface Usage {
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly requests: number;
  readonly objectRequests: number;
  /** Seconds for which an object is awake. */
  readonly awakeSeconds: number;
}

/** Of a request. docs/PERFORMANCE.md measures 0.4 to 1.2 ms for a cycle, in the Worker and the object together. */
const CPU_MS = 1;
/** Gigabytes that an object is billed for while it is awake. */
const MEMORY = 0.128;

export function costOf({ rowsWritten, rowsRead, requests, objectRequests, awakeSeconds }: Usage): number {
  return (
    rowsWritten * CLOUDFLARE.rowsWritten +
    rowsRead * CLOUDFLARE.rowsRead +
    requests * (CLOUDFLARE.requests + CPU_MS * CLOUDFLARE.cpuMs) +
    objectRequests * CLOUDFLARE.objectRequests +
    awakeSeconds * MEMORY * CLOUDFLARE.gigabyteSeconds
  );
}

/** A pattern of requests, with its measured rows (docs/PERFORMANCE.md, "Rows written and read"). */
interface Pattern {
  readonly name: string;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  /** Of any API with batches of ten. */
  readonly requests: number;
}

export const PATTERNS: readonly Pattern[] = [
  { name: "posts of 10, claims of 10, bulk deletions", rowsWritten: 0.3, rowsRead: 1.3, requests: 0.3 },
  { name: "posts of 1, claims of 10, deletions of 1", rowsWritten: 2.1, rowsRead: 11.203, requests: 2.1 },
];

export interface PatternCost {
  readonly name: string;
  readonly sukkal: number;
  readonly queues: number;
  readonly standard: number;
  readonly fifo: number;
}

/** `rate`: messages per second, for the time that the one object is awake. */
export function costOfPattern({ name, requests, ...rows }: Pattern, rate: number): PatternCost {
  return {
    name,
    sukkal: costOf({ ...rows, requests, objectRequests: requests, awakeSeconds: 1 / rate }),
    // An operation is of one message, whatever the batch: it is written, read and deleted.
    queues: 3 * QUEUES_OPERATIONS,
    standard: requests * SQS_REQUESTS.standard,
    fifo: requests * SQS_REQUESTS.fifo,
  };
}
