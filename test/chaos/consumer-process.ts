/** A consumer in a process of its own: `consumer-process.ts URL QUEUE SEED`. Its standard output is its diary. SIGTERM stops it. */
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal, type ConsumerEvent, type HandlerContext, type Message } from "sukkal/client";
import { cutShort } from "../client/scripted-service.ts";
import { Random } from "../crash/random.ts";
import { clock, type Fact, type Work } from "./diary.ts";

/** Without the time. */
type News = Fact extends infer Each ? (Each extends Fact ? Omit<Each, "at"> : never) : never;

const [url = "", queue = "", seed = "0"] = process.argv.slice(2);
/** Milliseconds for handlers to return. Some take longer, and are aborted. */
const STOP_MS = 1500;
/** Decides which answers end in the middle. */
const connection = new Random(Number(seed));

function write(news: News): void {
  writeSync(1, `${JSON.stringify({ at: clock(), ...news })}\n`);
}

const sukkal = new Sukkal({
  url,
  project: "chaos",
  fetch: async (request) => {
    const response = await fetch(request);
    const claim = response.status === 201 && request.method === "POST" ? response.headers.get("Location") : null;
    if (claim?.includes("/claims/") !== true) return response;
    // The service may be killed before the end of the answer. That is rare, because most answers are one packet.
    write({ kind: "claimed", claim });
    return connection.chance(0.02) ? cutShort(response) : response;
  },
  // Until the service is back.
  retries: 8,
});

async function handle({ id, body }: Message<Work>, { signal, attempt }: HandlerContext): Promise<void> {
  write({ kind: "begun", id, number: body.number });
  const random = new Random(Number(seed) + 7919 * body.number + attempt);
  const milliseconds = random.chance(0.01) ? random.between(500, 4000) : random.between(0, 30);
  await sleep(milliseconds, null, { signal }).catch(() => {});
  if (signal.aborted) return write({ kind: "ended", id, how: "aborted" });
  const hasFailed = random.chance(0.03);
  write({ kind: "ended", id, how: hasFailed ? "failed" : "done" });
  if (hasFailed) throw new Error("on purpose");
}

function note(event: ConsumerEvent<Work>): void {
  if (event.type === "error") write({ kind: "error", text: String(event.error) });
  else if (event.type !== "failed") write({ kind: event.type, ids: event.ids });
}

const consumer = sukkal.queue<Work>(queue).consume(handle, { wait: 5, retry: () => 1, onEvent: note });

process.once("SIGTERM", () => {
  void consumer.stop({ timeout: STOP_MS }).then(() => write({ kind: "stopped" }));
});
