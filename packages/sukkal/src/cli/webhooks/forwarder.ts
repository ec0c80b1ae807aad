/** Sends messages to a receiver, and prints how each attempt went. */
import type { Message } from "../../message.ts";
import { pause } from "../../time.ts";
import { onJsonLine } from "../messages/body.ts";
import { withBody } from "../messages/view.ts";
import { outcomeText } from "../subscriptions/outcomes.ts";
import { onOneLine } from "../terminal/display-text.ts";
import type { Output } from "../terminal/output.ts";
import { duration, took } from "../terminal/units.ts";
import { printDelivery } from "./delivery-line.ts";
import { toNotification } from "./notification.ts";
import { isFinal, type Attempted, type Target } from "./target.ts";

/** Attempts at a message that nothing takes, if the receiver answers or is silent. One that is not there is waited for. */
const COPY_ATTEMPTS_MAX = 5;
/** Seconds. */
const COPY_RETRY_MAX = 30;

/** An attempt that did not deliver its message. */
export class NotDelivered extends Error {
  readonly attempted: Attempted;

  constructor(attempted: Attempted) {
    super(outcomeText(attempted));
    this.attempted = attempted;
  }
}

interface Attempt {
  readonly message: Message<unknown>;
  /** From 1. */
  readonly attempt: number;
  /** Seconds; null: there is no further attempt. */
  readonly retryIn: number | null;
}

export class Forwarder {
  delivered = 0;
  /** Whether the receiver has answered 410. */
  isGone = false;
  private readonly target: Target;
  private readonly output: Output;
  /** The name of the queue or topic. */
  private readonly name: string;

  constructor(target: Target, { output, name }: { readonly output: Output; readonly name: string }) {
    this.target = target;
    this.output = output;
    this.name = name;
  }

  /** One attempt. Throws NotDelivered, whose attempt is printed by `failed` when the time of the next one is known. */
  async forward(message: Message<unknown>, attempt: number, signal: AbortSignal): Promise<void> {
    const body = toNotification(message, { queue: this.name });
    const attempted = await this.target.send({ id: message.id, body }, signal);
    if (attempted.outcome === "gone") this.isGone = true;
    if (attempted.outcome !== "delivered") throw new NotDelivered(attempted);
    this.delivered++;
    await this.print({ message, attempt, retryIn: null }, attempted);
  }

  /** Attempts until the message is delivered, or more attempts would not help. */
  async forwardRepeatedly(message: Message<unknown>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await this.forward(message, attempt, signal);
      } catch (error) {
        if (!(error instanceof NotDelivered)) throw error;
        const { attempted } = error;
        const isOver = isFinal(attempted) || (attempted.outcome !== "unreachable" && attempt >= COPY_ATTEMPTS_MAX);
        const retryIn = isOver ? null : Math.min(COPY_RETRY_MAX, 2 ** attempt);
        await this.print({ message, attempt, retryIn }, attempted);
        if (retryIn === null) return;
        await pause(retryIn * 1000, signal);
      }
    }
  }

  async print({ message, attempt, retryIn }: Attempt, attempted: Attempted): Promise<void> {
    const { id, bodyText } = message;
    const { outcome, status, reason, milliseconds, answer } = attempted;
    const isGood = outcome === "delivered";
    const next = retryIn === null ? "not again" : `again in ${duration(retryIn)}`;
    const how = isGood ? String(status) : `${outcomeText(attempted)}, attempt ${attempt}, ${next}`;
    const ms = Math.round(milliseconds);
    await printDelivery(this.output, {
      at: new Date(),
      isGood,
      shown: [took(milliseconds).padStart(6), how],
      values: [id, attempt, outcomeText(attempted), ms, retryIn],
      bodyText: onJsonLine(bodyText),
      json: () => withBody({ id, attempt, outcome, status, reason, ms, retry_in: retryIn, answer }, message).text,
    });
    if (answer !== null && this.output.isTerminal) this.output.hint(`  ${onOneLine(answer)}`);
  }
}
