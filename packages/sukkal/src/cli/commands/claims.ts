/** `sukkal claim`, `ack` and `release`. */
import type { Claim } from "../../claim.ts";
import { JsonText } from "../../json-text.ts";
import type { Queue } from "../../queue.ts";
import { flag, limitFlag, QUEUE, seconds, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { claimOrStop } from "../messages/claim-or-stop.ts";
import { ATTEMPTS, BODY, ID, toDocument } from "../messages/view.ts";
import { assertExists, existsToClaim } from "../place.ts";
import { counted, duration } from "../terminal/units.ts";

type ClaimFlags = {
  readonly limit?: number;
  readonly lease?: number;
  readonly grace?: number;
  readonly wait?: number;
};

const LEASE_DEFAULT = 300;

export const CLAIM_COMMAND = command({
  brief: "Claim messages, to acknowledge or release them later",
  description: `Nobody else gets the messages until the lease ends. Acknowledge them before, or they are
delivered again.`,
  examples: [
    ["claim jobs", "up to 10 messages for 5 minutes"],
    ["claim jobs --limit 1 --wait 20 --lease 10m", "waits up to 20 seconds for a message"],
    ["ack jobs 8ec4b7f0-… --all", "deletes them when they are done"],
  ],
  flags: {
    limit: limitFlag("10"),
    lease: valueFlag(seconds, "time", "time until others get them; 5m by default"),
    grace: valueFlag(seconds, "time", "time by which their lives outlast the lease"),
    wait: valueFlag(seconds, "time", "time to wait for a message; 0 by default"),
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, { limit, lease = LEASE_DEFAULT, grace, wait }: ClaimFlags, name: string) {
    const { output, sukkal, signal } = session;
    const queue = (await sukkal()).queue(name);
    const options = { limit, lease, grace, wait };
    if (wait !== undefined && wait > 0) {
      const exists = await existsToClaim(session, queue);
      output.hint(exists ? `Waiting for a message of ${name}.` : `${name} does not exist yet. Waiting for it.`);
    }
    const claim = await claimOrStop(queue, options, session);
    if (claim !== null) return print(session, name, { claim, lease });
    await assertExists(queue, signal);
    output.hint(`${name} has no message to claim.`);
  },
});

async function print(
  { output }: Session,
  name: string,
  { claim, lease }: { readonly claim: Claim<unknown>; readonly lease: number },
): Promise<void> {
  const { id, messages } = claim;
  if (output.isJson) {
    const documents = messages.map((message) => toDocument(message).text).join(",");
    return output.line(new JsonText(`{"claim":${JSON.stringify(id)},"lease":${lease},"messages":[${documents}]}`).text);
  }
  if (output.isTerminal)
    await output.record(null, [
      ["claim", id],
      ["lease", lease, duration(lease)],
    ]);
  const columns = [ID, ATTEMPTS, BODY];
  await output.list(messages, output.isTerminal ? columns : [{ title: "CLAIM", value: () => id }, ...columns]);
  output.hint(`When they are done: sukkal ack ${name} ${id} --all`);
}

type AckFlags = { readonly all?: boolean };

const CLAIM_AND_IDS = { ...QUEUE, brief: "queue, claim, and ids of messages", placeholder: "queue claim id" };

export const ACK_COMMAND = command({
  brief: "Delete messages of a claim that are done",
  usage: "<queue> <claim> [<id>...]",
  examples: [
    ["ack jobs 8ec4b7f0-… 1a22002363951…", "one message; the others stay claimed"],
    ["ack jobs 8ec4b7f0-… --all", "all messages of the claim"],
  ],
  flags: { all: flag("all messages of the claim") },
  args: { kind: "array", parameter: CLAIM_AND_IDS, minimum: 2 },
  async run(session: Session, { all }: AckFlags, ...[name = "", id = "", ...given]: string[]) {
    if ((given.length === 0) !== (all === true))
      throw new Failure("Which messages?", { exitCode: EXIT.usage, hint: "Name their ids, or say --all." });
    const { claim, ids } = await messagesOf(session, { name, id, given });
    await claim.settle({ delete: ids }, { signal: session.signal });
    session.output.done(`${counted(ids.length, "message")} deleted from ${name}.`);
  },
});

type ReleaseFlags = { readonly delay?: number; readonly uncounted?: boolean };

export const RELEASE_COMMAND = command({
  brief: "Give messages of a claim back, so that others can claim them",
  usage: "<queue> <claim> [<id>...]",
  description: `Without ids it releases all messages of the claim. Each release counts as an attempt of the
queue's _max_claim_count, unless --uncounted.`,
  examples: [
    ["release jobs 8ec4b7f0-…", "all messages at once"],
    ["release jobs 8ec4b7f0-… 1a22002363951… --delay 5m", "one of them, in five minutes"],
  ],
  flags: {
    delay: valueFlag(seconds, "time", "time until they can be claimed"),
    uncounted: flag("it is no attempt"),
  },
  args: { kind: "array", parameter: CLAIM_AND_IDS, minimum: 2 },
  async run(session: Session, { delay = 0, uncounted }: ReleaseFlags, ...[name = "", id = "", ...given]: string[]) {
    const { claim, ids } = await messagesOf(session, { name, id, given });
    await claim.settle({ release: [{ ids, delay, count: uncounted !== true }] }, { signal: session.signal });
    const when = delay === 0 ? "" : `, to be claimed in ${duration(delay)}`;
    session.output.done(`${counted(ids.length, "message")} released${when}.`);
  },
});

interface Named {
  readonly name: string;
  readonly id: string;
  /** None: all of the claim. */
  readonly given: readonly string[];
}

async function messagesOf(
  { sukkal, signal }: Session,
  { name, id, given }: Named,
): Promise<{ readonly claim: Claim<unknown>; readonly ids: readonly string[] }> {
  const queue: Queue = (await sukkal()).queue(name);
  const claim = await queue.getClaim(id, { signal });
  if (claim === null) {
    throw new Failure(`There is no claim ${id} in ${name}.`, {
      exitCode: EXIT.notFound,
      hint: "Its lease is over, or all its messages are settled. What was not settled is delivered again.",
    });
  }
  const held = new Set(claim.messages.map((message) => message.id));
  const foreign = given.filter((each) => !held.has(each));
  if (foreign.length > 0)
    throw new Failure(`The claim has no message ${foreign.join(", ")}. Nothing was changed.`, {
      exitCode: EXIT.notFound,
    });
  return { claim, ids: given.length === 0 ? [...held] : [...new Set(given)] };
}
