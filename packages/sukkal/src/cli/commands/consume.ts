/** `sukkal consume`. */
import { Consumer, type HandlerContext } from "../../consumer.ts";
import { LeaseLost } from "../../error.ts";
import type { Message } from "../../message.ts";
import type { Queue } from "../../queue.ts";
import { flag, positive, QUEUE, seconds, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { endingOf, EXIT, Failure, Interrupted } from "../exit-code.ts";
import { Faults } from "../messages/faults.ts";
import { Outcomes } from "../messages/outcomes.ts";
import { assertEmpty } from "../messages/left-over.ts";
import { runProgram } from "../messages/run-program.ts";
import { untilStopped } from "../messages/until-stopped.ts";
import { existsToClaim } from "../place.ts";
import { counted } from "../terminal/units.ts";

type Flags = {
  readonly exec: string;
  readonly concurrency?: number;
  readonly lease?: number;
  readonly batch?: number;
  readonly untilEmpty?: boolean;
};

/** Seconds. */
const LEASE_DEFAULT = 60;
const WAIT = 20;
/** Commands run one after the other, so that their output is not mixed. */
const CONCURRENCY_DEFAULT = 1;
const BATCH_DEFAULT = 20;

export const CONSUME_COMMAND = command({
  brief: "Run a command for each message",
  description: `The command gets the body on its standard input, and SUKKAL_QUEUE, SUKKAL_MESSAGE_ID and
SUKKAL_ATTEMPT (from 1) as variables. Exit code 0 deletes the message. Otherwise it is delivered
again, after 2, 4, 8 … 900 seconds; 126 and 127, for a command that cannot be run, end the
consumer. The lease is renewed while the command runs; if it is lost, the command gets SIGTERM.
Ctrl-C lets commands that run end, and leaves nothing claimed. A second one ends the commands
too.`,
  examples: [
    ["consume jobs --exec 'jq .resize'", "prints a member of each body"],
    ["consume jobs --exec ./work.sh --concurrency 4", "four at a time"],
    ["consume jobs --exec ./work.sh --until-empty", "ends when there is no message to claim"],
  ],
  flags: {
    exec: { kind: "parsed", parse: shellCommand, placeholder: "command", brief: "shell command" },
    concurrency: valueFlag(positive, "n", "commands at a time; 1 by default"),
    lease: valueFlag(seconds, "time", "lease, which is renewed; 60s by default"),
    batch: valueFlag(positive, "n", "messages a claim; 20 by default"),
    untilEmpty: flag("end when there is no message to claim"),
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, flags: Flags, name: string) {
    const { output } = session;
    const queue = (await session.sukkal()).queue(name);
    const exists = await existsToClaim(session, queue);
    if (flags.untilEmpty !== true)
      output.hint(exists ? `Consuming ${name}. Ctrl-C ends it.` : `${name} does not exist yet. Waiting for it.`);
    const work = new Work(session, { exec: flags.exec, name, isEndless: flags.untilEmpty !== true });
    const consumer = startConsumer(queue, work, flags);
    const onStop = (): void => {
      if (work.running.size > 0) output.hint("Waiting for what runs. Ctrl-C once more ends it.");
    };
    work.stop = (): void => void consumer.stop({ force: true });
    await untilStopped(session, consumer, { onStop });
    await Promise.all(work.running);
    finish(session, work);
    if (flags.untilEmpty === true && !session.signal.aborted) await assertEmpty(session, queue);
  },
});

function startConsumer(queue: Queue, work: Work, flags: Flags): Consumer<unknown> {
  const { untilEmpty = false, concurrency = CONCURRENCY_DEFAULT, lease = LEASE_DEFAULT, batch = BATCH_DEFAULT } = flags;
  try {
    const consumer = new Consumer(queue, work.handle, {
      parse: null,
      concurrency,
      lease,
      batch,
      untilEmpty,
      wait: untilEmpty ? 0 : WAIT,
      onEvent: (event) => {
        if (event.type !== "error") work.note(event);
        else if (work.faults.note(event.error, work)) void consumer.stop();
      },
    });
    return consumer;
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message, { exitCode: EXIT.usage });
    throw error;
  }
}

/** The shell does nothing for an empty command, such as that of an unset variable, and all messages would be deleted. */
function shellCommand(input: string): string {
  if (input.trim() === "") throw new SyntaxError("the command is empty");
  return input;
}

/** The exit codes of a shell for a command that cannot be executed, and one that does not exist. */
const UNRUNNABLE: ReadonlySet<number | null> = new Set([126, 127]);

interface Task {
  readonly exec: string;
  /** Of the queue. */
  readonly name: string;
  readonly isEndless: boolean;
}

/** Runs the commands of a consumer. */
class Work {
  readonly faults: Faults;
  readonly outcomes: Outcomes;
  readonly running = new Set<Promise<void>>();
  hasWorked = false;
  /** The exit code that says that the command cannot be run; null: it can. */
  unrunnable: number | null = null;
  /** Ends the consumer and its commands. */
  stop: () => void = () => {};
  private readonly session: Session;
  private readonly what: Task;

  constructor(session: Session, what: Task) {
    this.session = session;
    this.what = what;
    this.faults = new Faults(session.output);
    this.outcomes = new Outcomes(session.output, what);
  }

  readonly handle = async (message: Message<unknown>, context: HandlerContext): Promise<void> => {
    this.hasWorked = true;
    this.faults.clear();
    const run = this.run(message, context);
    // A failure is that of the message, which the consumer hears of.
    const ended = run.catch(() => {});
    this.running.add(ended);
    await run.finally(() => this.running.delete(ended));
  };

  note(event: Parameters<Outcomes["onEvent"]>[0]): void {
    // The reader of standard output may have left, which ends the command in another way.
    this.outcomes.onEvent(event).catch(() => {});
  }

  private async run({ id, bodyText }: Message<unknown>, { attempt, signal }: HandlerContext): Promise<void> {
    const { cli, output } = this.session;
    const { exec, name } = this.what;
    const own = { SUKKAL_QUEUE: name, SUKKAL_MESSAGE_ID: id, SUKKAL_ATTEMPT: String(attempt) };
    const env = { ...cli.process.env, ...own };
    const exit = await runProgram(exec, { input: `${bodyText}\n`, env, output, isMuted: output.isJson, signal });
    if (UNRUNNABLE.has(exit.code) && this.unrunnable === null) {
      // It would fail for all messages, and they would become dead letters. This releases the message uncounted.
      this.unrunnable = exit.code;
      this.stop();
    }
    if (signal.aborted) return this.outcomes.aborted(id, { attempt, exit }, signal.reason instanceof LeaseLost);
    this.outcomes.ended(id, { attempt, exit });
    if (exit.code !== 0) throw new Error("The command has failed.");
  }
}

function finish({ output, signal }: Session, { faults, unrunnable, outcomes: { deleted, failing } }: Work): void {
  if (faults.fatal !== null) throw faults.fatal;
  if (unrunnable !== null) {
    const hint = "The messages are released, and it was no attempt. Check the command, its path and its mode.";
    throw new Failure(`The command cannot be run (exit ${unrunnable}).`, { hint });
  }
  if (signal.aborted) {
    output.hint(`${counted(deleted, "message")} deleted. Nothing is left claimed.`);
    // A supervisor ends it by SIGTERM: everything went well.
    if (endingOf(signal) === "interrupted") throw new Interrupted();
    return;
  }
  if (failing.size === 0) output.done(`${counted(deleted, "message")} deleted.`);
  else
    throw new Failure(
      `${counted(failing.size, "message")} failed and will be delivered again. ${counted(deleted, "message")} deleted.`,
    );
}
