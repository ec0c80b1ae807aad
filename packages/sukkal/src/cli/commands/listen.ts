/** `sukkal listen`. */
import { randomBytes } from "node:crypto";
import { Consumer } from "../../consumer.ts";
import type { Message } from "../../message.ts";
import type { Queue, Topic } from "../../queue.ts";
import { signWebhook, WebhookError } from "../../webhooks.ts";
import { flag, positive, QUEUE, readArgument, seconds, text, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { endingOf, EXIT, Failure, Interrupted } from "../exit-code.ts";
import { Faults } from "../messages/faults.ts";
import { Reader } from "../messages/follow.ts";
import { untilStopped } from "../messages/until-stopped.ts";
import { existsToClaim, placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";
import { counted } from "../terminal/units.ts";
import { Forwarder, NotDelivered } from "../webhooks/forwarder.ts";
import { Target, targetUrl } from "../webhooks/target.ts";

type Flags = TopicFlag & {
  readonly forwardTo: string;
  readonly copy?: boolean;
  readonly fromStart?: boolean;
  readonly secret?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
};

/** Seconds, as of the service. */
const TIMEOUT_DEFAULT = 10;
const LEASE = 60;
const WAIT = 20;
/** Milliseconds for requests in progress after Ctrl-C. */
const GRACE_MS = 2000;
const SECRET_BYTES = 24;
/** Seconds. */
const RETRY_MAX = 900;

export const LISTEN_COMMAND = command({
  brief: "Send messages to a receiver on this machine, as webhooks",
  description: `For receivers that the service cannot reach: sends what a webhook gets, signed. Takes the messages
of a queue: an answer of 2xx deletes one; otherwise it is delivered again, after 2, 4, 8 … 900 seconds, and the
attempt counts for dead letters. After 410 it ends. --copy takes nothing: it sends new messages, which stay for
others; so it does for topics. Refusals are then not repeated, and 5xx and silence four times.`,
  examples: [
    ["listen jobs --forward-to http://127.0.0.1:3000/hook", "takes the messages of a queue"],
    ["listen jobs --forward-to http://127.0.0.1:3000/hook --copy", "leaves them in the queue"],
    ["listen news --topic --forward-to http://127.0.0.1:3000/hook", "new messages of a topic"],
    ["listen jobs --forward-to http://127.0.0.1:3000/hook --secret @secret", "signs with the secret in a file"],
  ],
  flags: {
    forwardTo: { kind: "parsed", parse: text, placeholder: "url", brief: "address of the receiver" },
    copy: flag("leave the messages in the queue"),
    fromStart: flag("begin with the messages that there are; with --copy or --topic"),
    secret: valueFlag(text, "@file", "secret that signs, also -"),
    concurrency: valueFlag(positive, "n", "requests at a time; 1, in post order, by default"),
    timeout: valueFlag(seconds, "time", "time for an answer; 10s by default"),
    topic: TOPIC_FLAG,
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, flags: Flags, name: string) {
    const { output, signal } = session;
    const { copy = false, fromStart = false, topic = false, timeout = TIMEOUT_DEFAULT, concurrency = 1 } = flags;
    const takes = !copy && !topic;
    if (takes && fromStart) throw new Failure("--from-start is for --copy and --topic.", { exitCode: EXIT.usage });
    if (timeout === 0) throw new Failure("--timeout must be at least 1s.", { exitCode: EXIT.usage });
    const url = targetUrl(flags.forwardTo);
    const target = new Target({ url, secret: await secretOf(session, flags.secret), timeout: timeout * 1000 });
    const forwarder = new Forwarder(target, { output, name });
    const sukkal = await (takes ? session.sukkal() : session.patientSukkal());
    const place = placeOf(sukkal, name, flags);
    const exists = await (takes ? existsToClaim(session, sukkal.queue(name)) : place.exists({ signal }));
    const how = takes ? "An answer of 2xx deletes a message." : "The messages stay.";
    const missing = exists ? "" : `${name} does not exist yet. `;
    const announce = (): void => output.hint(`${missing}Sending ${name} to ${url.href}. ${how} Ctrl-C ends it.`);
    if (takes) await take(session, { queue: sukkal.queue(name), forwarder, concurrency, announce });
    else await copyAll(session, { place, forwarder, concurrency, fromStart, announce });
    const count = `${counted(forwarder.delivered, "message")} delivered.`;
    if (forwarder.isGone) throw new Failure(`${url.href} has answered 410: it wants no more. ${count}`);
    output.hint(takes ? `${count} Nothing is left claimed.` : count);
    if (signal.aborted && endingOf(signal) === "interrupted") throw new Interrupted();
  },
});

async function secretOf(session: Session, given: string | undefined): Promise<string> {
  const { output } = session;
  if (given === undefined) {
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
    output.hint(`Signed with the secret ${secret}`);
    return secret;
  }
  if (given !== "-" && !given.startsWith("@"))
    output.warn("Other users can see the secret in the list of processes. --secret @file or - hides it.");
  const secret = (await readArgument(given, session)).trim();
  try {
    await signWebhook(secret, { id: "test", body: "" });
  } catch (error) {
    if (error instanceof WebhookError) throw new Failure(error.message, { exitCode: EXIT.usage });
    throw error;
  }
  return secret;
}

interface Forwarding {
  readonly forwarder: Forwarder;
  readonly concurrency: number;
  /** Called when a message that is posted from then on is sent. */
  readonly announce: () => void;
}

/** Claims messages, deletes those that are delivered, and releases the others. */
async function take(
  session: Session,
  { queue, forwarder, concurrency, announce }: Forwarding & { readonly queue: Queue },
): Promise<void> {
  const { output } = session;
  const faults = new Faults(output);
  let hasWorked = false;
  const consumer: Consumer<unknown> = new Consumer(
    queue,
    async (message, { attempt, signal }) => {
      hasWorked = true;
      faults.clear();
      await forwarder.forward(message, attempt, signal);
    },
    {
      parse: null,
      concurrency,
      lease: LEASE,
      wait: WAIT,
      // What a receiver that is gone has not taken is for others.
      retry: ({ attempt }) => (forwarder.isGone ? 0 : Math.min(RETRY_MAX, 2 ** attempt)),
      onEvent: (event) => {
        if (event.type === "error" && faults.note(event.error, { hasWorked })) void consumer.stop();
        if (event.type === "lost")
          output.warn(`${event.ids.join(", ")}: the lease was lost, so it is delivered again.`);
        if (event.type !== "failed") return;
        if (forwarder.isGone) void consumer.stop();
        const { message, attempt, error, retryIn } = event;
        const next = forwarder.isGone ? null : retryIn;
        if (error instanceof NotDelivered)
          void forwarder.print({ message, attempt, retryIn: next }, error.attempted).catch(() => {});
        else output.failed(`${message.id}: ${String(error)}`);
      },
    },
  );
  announce();
  await untilStopped(session, consumer, { timeout: GRACE_MS });
  if (faults.fatal !== null) throw faults.fatal;
}

/** Follows a queue or topic, and takes nothing. */
async function copyAll(
  { signal }: Session,
  {
    place,
    forwarder,
    concurrency,
    fromStart,
    announce,
  }: Forwarding & { readonly place: Queue | Topic; readonly fromStart: boolean },
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const running = new Set<Promise<void>>();
  const failed: { error: Error | null } = { error: null };
  const forward = async (message: Message<unknown>): Promise<void> => {
    try {
      await forwarder.forwardRepeatedly(message, ending.signal);
    } catch (error) {
      if (!ending.signal.aborted) failed.error = error instanceof Error ? error : new Error(String(error));
      end();
    }
    if (forwarder.isGone) end();
  };
  try {
    const reader = new Reader(place, ending.signal);
    if (!fromStart) await reader.skipPresent();
    announce();
    for await (const message of reader.follow()) {
      const run = forward(message).then(() => void running.delete(run));
      running.add(run);
      if (running.size >= concurrency) await Promise.race(running);
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    end();
    signal.removeEventListener("abort", end);
    await Promise.all(running);
  }
  if (failed.error !== null) throw failed.error;
}
