/**
 * The workloads: the sequence of requests that one connection sends. A script gets the answer to its last request and returns
 * the next request, or null at its end.
 */
import type { Response } from "./response.ts";
import * as http from "./requests.ts";
import type { Caller } from "./requests.ts";
import type { Requests } from "./transports.ts";

export interface Step {
  /** Latencies are recorded per operation name. */
  readonly operation: string;
  readonly bytes: Buffer;
  readonly expected: number;
  /**
   * The share of this request in the message count. Each message counts once, divided equally among the requests of its life,
   * because a measurement may contain more requests of one kind than of another.
   */
  readonly messages: number;
}

export type Script = (last: Response | null) => Step | null;

export const WORKLOADS = {
  hello: (caller) => repeat("hello", http.hello(caller), 200, 0),
  "no-op RPC": (caller) => repeat("no-op RPC", http.noOperation(caller), 200, 0),
  "one-row write": (caller) => repeat("one-row write", http.writeRow(caller), 201, 0),
  "bare cycle": bareCycle,
  "post 1": (caller, requests) => repeat("post", requests.post(caller, 1), 201, 1),
  "post 10": (caller, requests) => repeat("post", requests.post(caller, 10), 201, 10),
  "post 200": (caller, requests) => repeat("post", requests.post(caller, 200), 201, 200),
  "list 10": (caller, requests) => repeat("list", requests.list(caller, 10), 200, 10),
  "claim 10": (caller, requests) => repeat("claim", requests.claim(caller, 10), 201, 10),
  "claim 100": (caller, requests) => repeat("claim", requests.claim(caller, 100), 201, 100),
  "claim + delete 10": claimAndDelete,
  cycle,
  "one by one": oneByOne,
} satisfies Record<string, (caller: Caller, requests: Requests) => Script>;

export type Workload = keyof typeof WORKLOADS;

function repeat(operation: string, bytes: Buffer, expected: number, messages: number): Script {
  const step = { operation, bytes, expected, messages };
  return () => step;
}

/** Claims and deletes messages until the queue is empty. */
function claimAndDelete(caller: Caller, requests: Requests): Script {
  const claim = { operation: "claim", bytes: requests.claim(caller, 10), expected: 201, messages: 10 / 2 };
  let isClaiming = false;
  return (last) => {
    isClaiming = !isClaiming;
    if (isClaiming || last === null) return claim;
    return last.status === 204 ? null : bulkDelete(caller, requests, last.body, 2);
  };
}

/** A full message life: post 10, claim 10, delete them by ids in one request. */
function cycle(caller: Caller, requests: Requests): Script {
  const post = { operation: "post", bytes: requests.post(caller, 10), expected: 201, messages: 10 / 3 };
  const claim = { operation: "claim", bytes: requests.claim(caller, 10), expected: 201, messages: 10 / 3 };
  let turn = 0;
  return (last) => {
    const step = turn++ % 3;
    if (step === 0 || last === null) return post;
    return step === 1 ? claim : bulkDelete(caller, requests, last.body, 3);
  };
}

/** The cycle at the ceilings. */
function bareCycle(caller: Caller): Script {
  const post = { operation: "post", bytes: http.postBare(caller, 10), expected: 201, messages: 10 / 3 };
  const claim = { operation: "claim", bytes: http.claimBare(caller), expected: 201, messages: 10 / 3 };
  let turn = 0;
  return (last) => {
    const step = turn++ % 3;
    if (step === 0 || last === null) return post;
    if (step === 1) return claim;
    const bytes = http.deleteBare(caller, http.bareId(last.body));
    return { operation: "delete", bytes, expected: 204, messages: 10 / 3 };
  };
}

/** The most expensive life: ten posts of one message, one claim of ten, ten deletions of one. Only over HTTP. */
function oneByOne(caller: Caller): Script {
  const post = { operation: "post", bytes: http.post(caller, 1), expected: 201, messages: 10 / 21 };
  const claim = { operation: "claim", bytes: http.claim(caller, 10), expected: 201, messages: 10 / 21 };
  let turn = 0;
  let held: string[] = [];
  let claimId = "";
  return (last) => {
    const step = turn++ % 21;
    if (step < 10 || last === null) return post;
    if (step === 10) return claim;
    if (step === 11) {
      held = http.messageIds(last.body);
      claimId = http.claimIdOf(last.body);
    }
    const id = held.shift();
    if (id === undefined) return null;
    return { operation: "delete", bytes: http.deleteOne(caller, id, claimId), expected: 204, messages: 10 / 21 };
  };
}

/** `requestsPerLife`: the number of requests per message life. */
function bulkDelete(caller: Caller, requests: Requests, claimed: Buffer, requestsPerLife: number): Step {
  const ids = http.messageIds(claimed);
  return {
    operation: "delete",
    bytes: requests.deleteMany(caller, ids),
    expected: 204,
    messages: ids.length / requestsPerLife,
  };
}
