/** Scenarios that do not run again over frames, or on spread queues, by the names of their tests, with the reason. */
import { TestRunner, type RunnerTestCase } from "vitest";

const NO_LINKS = "replies have no links";
const NO_CLAIM = "a message in a list does not show its claim";
const SCHEMA = "the schema of the frame refuses a wrong type, before the queue is created";
const NO_QUERY = "frames have no query string";

const HTTP_ONLY: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^pages > the link of |^the next link > |> links with the parameters of the request/, NO_LINKS],
  [/^pages > a marker in the request is replaced in its place/, NO_LINKS],
  [/^the last page has a next link too/, NO_LINKS],
  [/^a list > shows messages in post order, exactly with these members/, NO_CLAIM],
  [/^messages by ids > include own, claimed and delayed messages/, NO_CLAIM],
  [/^one message > carries its claim in the href/, NO_CLAIM],
  [/^a POST is refused, but creates the queue, > for (?:null|a number) for a subscriber/, SCHEMA],
  [/^a POST is refused, but creates the queue, > for (?:true|a text|a fraction) for a life/, SCHEMA],
  [/^a POST is refused, but creates the queue, > for .* for options/, SCHEMA],
  [/^a POST is accepted > with nulls for what it leaves out/, SCHEMA],
  [/^purge > is refused when resource_types is missing/, "the body of a frame is never without members"],
  [/^over-size is 400, by Content-Length/, "a frame has no length of its own to state"],
  [/^booleans are integers/, "the texts of numbers are lost where a test parses a reply"],
  [/^commas and repeats make lists/, NO_QUERY],
  [/^every answer has a request id/, "replies have no request id"],
];

/** Scenarios of queues on one object. */
const ONE_OBJECT_ONLY: typeof HTTP_ONLY = [
  [/^a list > leaves the client's own messages out/, "messages of two producers are only about in order"],
];

/** Skips the running test if it runs over HTTP only. */
export function skipIfHttpOnly(): void {
  const reason = reasonIn(HTTP_ONLY);
  if (reason !== undefined) skip(reason);
}

/** Skips the running test if its queues have to be on one object. */
export function skipIfOneObjectOnly(): void {
  const reason = reasonIn(ONE_OBJECT_ONLY);
  if (reason !== undefined) currentTest().context.skip(`not on spread queues: ${reason}`);
}

function reasonIn(list: typeof HTTP_ONLY): string | undefined {
  const name = nameOf(currentTest());
  return list.find(([pattern]) => pattern.test(name))?.[1];
}

/** Skips the running test. */
export function skip(reason: string): never {
  return currentTest().context.skip(`not over frames: ${reason}`);
}

function currentTest(): RunnerTestCase {
  const test = TestRunner.getCurrentTest<RunnerTestCase | undefined>();
  if (test === undefined) throw new Error("A request was made outside of a test.");
  return test;
}

/** The name of a test after the names of its suites. */
function nameOf({ name, suite }: RunnerTestCase): string {
  const names = [name];
  for (let outer = suite; outer !== undefined; outer = outer.suite) names.unshift(outer.name);
  return names.join(" > ");
}
