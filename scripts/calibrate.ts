/**
 * `npm run calibrate -- URL --yes`: measures what one object of a deployed service carries (C), and whether several carry as many
 * times more, with a bounded load on queues of its own, which it deletes. Without `--yes` it says what it would send, and ends.
 * SUKKAL_KEY or SUKKAL_TOKEN is the credential. docs/SCALING.md says what C is for.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { Calibration, type StepOutcome } from "./calibration.ts";
import {
  boundOf,
  type CalibrationOptions,
  shardsFor,
  stepsOfMany,
  stepsOfOne,
  USUAL_SHARE,
} from "./calibration-plan.ts";
import { Refusal } from "./refusal.ts";

const USAGE = "npm run calibrate -- URL [--max-rate 800] [--seconds 5] [--objects 4] [--project calibration] --yes";
const NUMBERS_MAX = { "max-rate": 4_000, seconds: 60, objects: 16 };
/** Requests per second for which a value of SHARDS is proposed. */
const WANTED = [500, 1_000, 2_000, 5_000];

interface Invocation extends CalibrationOptions {
  readonly project: string;
  readonly isConfirmed: boolean;
}

async function main(): Promise<void> {
  const invocation = readInvocation();
  print(planOf(invocation));
  if (!invocation.isConfirmed) throw new Refusal("Nothing was sent. To send this, repeat the command with --yes.");
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interruption.abort());
  const calibration = newCalibration(invocation, interruption.signal);
  try {
    await calibrate(calibration, invocation);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new Refusal("Interrupted.");
  } finally {
    const left = await calibration.cleanUp();
    if (left.length > 0) print(`These queues could not be deleted: ${left.join(", ")}`);
    else print("The queues are deleted.");
  }
}

async function calibrate(calibration: Calibration, options: CalibrationOptions): Promise<void> {
  await calibration.create().catch((error: unknown) => {
    throw new Refusal(`The queues cannot be created: ${reasonOf(error)}`);
  });
  let carried = 0;
  for (const step of stepsOfOne(options)) {
    const outcome = await calibration.measure(step);
    print(lineOf("one queue", outcome));
    if (outcome.isCarried) carried = outcome.rate;
    else {
      const sender = await calibration.measureSender(outcome.rate);
      print(lineOf("no queue", sender));
      if (!sender.isCarried)
        print("This machine, the network or the Worker does not manage that rate without an object either.");
      break;
    }
  }
  if (carried === 0) throw new Refusal("No load was carried, so there is no C.");
  let isShared = false;
  for (const step of stepsOfMany(options, carried)) {
    const outcome = await calibration.measure(step);
    print(lineOf(`${step.queues} queues`, outcome));
    isShared ||= !outcome.isCarried;
  }
  print(adviceOf(carried, options));
  if (isShared) print("But several queues do not carry as many times more from here. Then more objects do not help.");
}

function adviceOf(carried: number, { rateMax }: CalibrationOptions): string {
  const shards = WANTED.map((rate) => `${shardsFor(rate, carried)} for ${rate}`).join(", ");
  return (
    `C is ${carried === rateMax ? "at least " : ""}${carried} requests a second. For the simulation: ` +
    `npm run simulate:scale -- --rate ${carried}\n` +
    `For the setting SHARDS, the home of a queue and enough shards at ${USUAL_SHARE} C, by requests a second: ${shards}.`
  );
}

function lineOf(what: string, { rate, answered, p50, p99, failures, isCarried }: StepOutcome): string {
  const failed = Object.entries(failures).map(([reason, count]) => `; ${count} times ${reason}`);
  const times = Number.isFinite(p99) ? `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms` : "no answer";
  const verdict = isCarried ? "carried" : "NOT carried";
  return `${what}, ${Math.round(rate)} requests/s: ${Math.round(answered)} answered, ${times}: ${verdict}${failed.join("")}`;
}

function planOf({ url, rateMax, seconds, objects, project, ...options }: Invocation): string {
  const bound = boundOf({ url, rateMax, seconds, objects, ...options });
  return [
    `To ${url.origin}, in the project ${project}, from this machine:`,
    `- creates ${objects} queues whose names begin with calibration-, and deletes them at the end;`,
    `- posts, claims and deletes messages of 1 KB in one of them, up to ${rateMax} requests a second, until it does not keep up;`,
    `- does the same in several of them at once, with ${USUAL_SHARE} of that each.`,
    `At most ${bound.requests.toLocaleString("en")} requests within ${bound.seconds} s. On Cloudflare they cost at most ` +
      `$${bound.dollars.toFixed(2)}, if nothing of what is included every month is left.`,
    "The quotas of the project hold: QUOTA_REQUESTS_PER_SECOND, 200 in the cloud, has to be higher than the rates to measure.",
  ].join("\n");
}

function newCalibration({ url, seconds, objects, project }: Invocation, signal: AbortSignal): Calibration {
  const { SUKKAL_KEY: key = "", SUKKAL_TOKEN: token = "" } = process.env;
  const id = randomUUID();
  const headers = {
    "Client-ID": id,
    "X-Project-ID": project,
    ...(key === "" ? {} : { Authorization: `Bearer ${key}` }),
    ...(key !== "" || token === "" ? {} : { "X-Auth-Token": token }),
  };
  const queues = Array.from({ length: objects }, (_, index) => `calibration-${id.slice(0, 8)}-${index}`);
  return new Calibration({ url, seconds, headers, queues, signal });
}

function readInvocation(): Invocation {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        "max-rate": { type: "string", default: "800" },
        seconds: { type: "string", default: "5" },
        objects: { type: "string", default: "4" },
        project: { type: "string", default: "calibration" },
        yes: { type: "boolean", default: false },
      },
    });
    const [text = "", ...others] = positionals;
    if (text === "") throw new Error("A URL is missing.");
    if (!/^https?:\/\//.test(text)) throw new Error(`"${text}" does not begin with http:// or https://.`);
    if (others.length > 0) throw new Error(`"${others[0]}" is one argument too many.`);
    const [rateMax, seconds, objects] = [
      toNumber("max-rate", values),
      toNumber("seconds", values),
      toNumber("objects", values),
    ];
    return { url: new URL(text), rateMax, seconds, objects, project: values.project, isConfirmed: values.yes };
  } catch (error) {
    throw new Refusal(`${reasonOf(error)}\n${USAGE}`);
  }
}

function toNumber<Name extends keyof typeof NUMBERS_MAX>(name: Name, values: Readonly<Record<Name, string>>): number {
  const [value, max] = [Number(values[name]), NUMBERS_MAX[name]];
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} is "${values[name]}": it must be a whole number from 1 to ${max}.`);
}

/** That `fetch` has failed says nothing without its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message || error.cause.name}` : error.message;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main().catch((error: unknown) => {
  const text = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
