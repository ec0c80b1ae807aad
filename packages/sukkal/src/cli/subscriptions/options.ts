/** The flags of a subscription's options. */
import { positive, readArgument, text, toMetadata, valueFlag } from "../arguments.ts";
import type { Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";

export type OptionFlags = {
  readonly option?: readonly string[];
  readonly header?: readonly string[];
  readonly postData?: string;
  readonly concurrency?: number;
  readonly event?: readonly string[];
};

export const OPTION_FLAGS = {
  option: {
    kind: "parsed",
    parse: text,
    variadic: true,
    optional: true,
    placeholder: "name=value",
    brief: "option, such as _retry_policy; the value is JSON or a text",
  },
  header: {
    kind: "parsed",
    parse: text,
    variadic: true,
    optional: true,
    placeholder: "name:value",
    brief: "further header of the requests",
  },
  postData: {
    kind: "parsed",
    parse: text,
    optional: true,
    placeholder: "text",
    brief: 'body of the requests, also - or @file; "$zaqar_message$" in it is the message',
  },
  concurrency: valueFlag(positive, "n", "requests at a time; more than 1 gives up the order"),
  event: {
    kind: "parsed",
    parse: text,
    variadic: true,
    optional: true,
    placeholder: "event",
    brief: "'depth>N', 'age>N' (seconds), dead-letter; message for the messages too",
  },
} as const;

type Options = Readonly<Record<string, unknown>>;

/** The options that the flags name. `present`: those that a subscription has. */
export async function toOptions(
  { option = [], header = [], postData, concurrency, event = [] }: OptionFlags,
  session: Pick<Session, "cli" | "signal">,
  present: Options = {},
): Promise<Options> {
  const headers = Object.fromEntries(header.map(toHeader));
  return {
    ...present,
    ...toMetadata(option),
    ...(header.length === 0 ? {} : { post_headers: { ...membersOf(present["post_headers"]), ...headers } }),
    ...(postData === undefined ? {} : { post_data: await readArgument(postData, session) }),
    ...(concurrency === undefined ? {} : { _concurrency: concurrency }),
    ...(event.length === 0 ? {} : { _events: event }),
  };
}

function toHeader(given: string): readonly [string, string] {
  const at = given.indexOf(":");
  if (at < 1)
    throw new Failure(`"${given}" is no header.`, { exitCode: EXIT.usage, hint: "Write it like 'X-Token: abc'." });
  return [given.slice(0, at).trim(), given.slice(at + 1).trim()];
}

function membersOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
