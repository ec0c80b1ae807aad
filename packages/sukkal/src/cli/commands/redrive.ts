/** `sukkal redrive`: dead letters go back to the queues that they came from. */
import { SukkalError } from "../../error.ts";
import type { Queue, Redrive } from "../../queue.ts";
import { pause } from "../../time.ts";
import { flag, positive, QUEUE, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure, endingOf } from "../exit-code.ts";
import { askYesNo } from "../terminal/confirm.ts";
import type { Field } from "../terminal/output.ts";
import { counted, instantOf, number } from "../terminal/units.ts";

interface Flags {
  readonly to?: string;
  readonly max?: number;
  readonly rate?: number;
  readonly watch?: boolean;
  readonly status?: boolean;
  readonly cancel?: boolean;
}

/** Milliseconds between two questions how far it is. */
const INTERVAL_MS = 500;

export const REDRIVE_COMMAND = command({
  brief: "Move dead letters back to their queues",
  description: `The service moves them, also after this command has ended. Without --to each goes back to the queue
that it came from; messages that were posted to the queue itself stay. Claimed and delayed messages stay. They keep
ids and lives.`,
  examples: [
    ["redrive jobs-dead --watch", "all of them, with a bar"],
    ["redrive jobs-dead --max 10", "ten of them, as a try"],
    ["redrive jobs-dead --to jobs-slow --rate 50", "into another queue, 50 a second"],
    ["redrive jobs-dead --status", "how far it is, or how the last one has ended"],
    ["redrive jobs-dead --cancel", "ends it; what has moved stays moved"],
  ],
  flags: {
    to: { ...QUEUE, kind: "parsed", optional: true, placeholder: "queue", brief: "the queue that gets the messages" },
    max: valueFlag(positive, "n", "at most so many"),
    rate: valueFlag(positive, "n", "at most so many a second"),
    watch: flag("wait for its end, and show how far it is"),
    status: flag("show the running or the last one, and start none"),
    cancel: flag("cancel the running one"),
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, flags: Flags, name: string) {
    checkFlags(flags);
    const queue = (await session.sukkal()).queue(name);
    if (flags.status === true) await printStatus(session, await latest(queue, session.signal));
    else if (flags.cancel === true) await cancel(session, queue);
    else await start(session, queue, flags);
  },
});

function checkFlags({ to, max, rate, watch: watched, status, cancel: canceled }: Flags): void {
  const isStarting = [to, max, rate, watched].some((value) => value !== undefined);
  const asking = [status, canceled].filter((value) => value === true).length;
  if (asking + (isStarting ? 1 : 0) > 1)
    throw new Failure("--status and --cancel start no redrive: they go with no other flag.", { exitCode: EXIT.usage });
}

async function latest(queue: Queue, signal: AbortSignal): Promise<Redrive> {
  const redrive = await queue.redrive({ signal });
  if (redrive !== null) return redrive;
  throw new Failure(`${queue.name} has had no redrive.`, {
    exitCode: EXIT.notFound,
    hint: `sukkal redrive ${queue.name} --watch starts one.`,
  });
}

async function printStatus({ output }: Session, redrive: Redrive): Promise<void> {
  const { status, moved, remaining, target, max_messages: max, messages_per_second: rate } = redrive;
  const fields: Field[] = [
    ["status", status],
    ["moved", moved, number(moved)],
    ["remaining", remaining, number(remaining)],
    ["to", target, target ?? "the queues that they came from"],
    ["at most", max, max === null ? "all" : counted(max, "message")],
    ["rate", rate, rate === null ? "any" : `${number(rate)}/s`],
    ["started", redrive.started_at, instantOf(redrive.started_at) ?? "-"],
    ["finished", redrive.finished_at, instantOf(redrive.finished_at) ?? "-"],
  ];
  await output.record(redrive, fields);
}

async function cancel(session: Session, queue: Queue): Promise<void> {
  const { output, signal } = session;
  const { status } = await latest(queue, signal);
  await queue.cancelRedrive({ signal });
  const ended = await latest(queue, signal);
  if (status === "running" && ended.status === "canceled")
    output.done(`The redrive is canceled: ${counted(ended.moved, "message")} moved.`);
  else output.hint(`No redrive of ${queue.name} was running.`);
  if (output.isJson) await printStatus(session, ended);
}

async function start(session: Session, queue: Queue, flags: Flags): Promise<void> {
  const { output, signal } = session;
  const begun = await begin(session, queue, flags);
  if (flags.watch !== true) {
    if (output.isJson) await printStatus(session, begun);
    if (begun.moved + begun.remaining === 0) return output.hint(`There is nothing to move in ${queue.name}.`);
    // Messages that are no dead letters, or are claimed, are among them and stay.
    output.done(`The redrive of at most ${counted(begun.moved + begun.remaining, "message")} has begun.`);
    return output.hint(`sukkal redrive ${queue.name} --status shows how far it is.`);
  }
  try {
    await watch(session, queue, begun);
  } catch (error) {
    if (signal.aborted && endingOf(signal) === "interrupted") await offerCancel(session, queue);
    throw error;
  }
}

/** With `--watch` alone a redrive that is running is watched: what it would do is done already. */
async function begin({ signal, output }: Session, queue: Queue, flags: Flags): Promise<Redrive> {
  const { to, max, rate, watch: watched } = flags;
  try {
    return await queue.startRedrive({ target: to, max_messages: max, messages_per_second: rate }, { signal });
  } catch (error) {
    if (!(error instanceof SukkalError && error.code === "redrive-running")) throw error;
    const isPlain = to === undefined && max === undefined && rate === undefined;
    if (watched !== true || !isPlain)
      throw new Failure(`A redrive of ${queue.name} is running.`, {
        hint: `sukkal redrive ${queue.name} --watch shows it, --cancel ends it.`,
      });
    output.hint("It is running already.");
    return latest(queue, signal);
  }
}

async function watch(session: Session, queue: Queue, begun: Redrive): Promise<void> {
  const { output, signal, patientSukkal } = session;
  const patient = (await patientSukkal()).queue(queue.name);
  using progress = output.progress({ unit: "message", done: "moved", total: null, from: begun.moved, isAsked: true });
  let redrive = begun;
  while (redrive.status === "running") {
    progress.set(redrive.moved, redrive.moved + redrive.remaining);
    await pause(INTERVAL_MS, signal);
    redrive = await latest(patient, signal);
  }
  progress.set(redrive.moved);
  if (redrive.status === "done") progress.finish();
  else progress.erase();
  if (output.isJson) await printStatus(session, redrive);
  if (redrive.status === "canceled")
    throw new Failure(`The redrive was canceled: ${counted(redrive.moved, "message")} moved.`);
  if (redrive.max_messages === null) await hintAtRest(session, patient);
}

async function hintAtRest({ output, signal }: Session, queue: Queue): Promise<void> {
  const { total } = await queue.stats({ signal });
  if (total === 0) return;
  const why = "They were claimed, delayed or posted to it, or have come since.";
  output.hint(`${queue.name} has ${counted(total, "message")}. ${why} --to moves what was posted to it.`);
}

/** After Ctrl-C: the service would go on by itself. */
async function offerCancel({ cli, output }: Session, queue: Queue): Promise<void> {
  // The signal of the command has aborted. A second Ctrl-C ends the question, and the requests too.
  const signal = cli.forced;
  const goesOn = `The redrive goes on: sukkal redrive ${queue.name} --watch shows it, --cancel ends it.`;
  if (!(await askYesNo({ cli, signal }, "Cancel the redrive on the service too? [y/N] "))) return output.hint(goesOn);
  try {
    await queue.cancelRedrive({ signal });
    const { moved } = await latest(queue, signal);
    output.done(`The redrive is canceled: ${counted(moved, "message")} moved.`);
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    output.failed(`It could not be canceled: ${error.message}`);
    output.hint(goesOn);
  }
}
