/** `sukkal queue share`: signed requests for somebody without a credential. */
import type { SharedUrl } from "../../transport.ts";
import { QUEUE, seconds, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { detailsOf } from "../place.ts";
import type { Field } from "../terminal/output.ts";

const PATHS = ["messages", "claims", "subscriptions"] as const;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

interface Flags {
  readonly paths?: readonly (typeof PATHS)[number][];
  readonly methods?: readonly (typeof METHODS)[number][];
  readonly expires?: number;
}

export const share = command({
  brief: "Sign a URL for somebody without a credential",
  description: `Whoever sends the headers may use the paths of this queue with these methods until they expire.
Prints the headers; with --json what the client takes as its option "signed". sukkal queue set QUEUE
_signing_generation=N ends all that were signed before.`,
  examples: [
    ["queue share jobs", "to read messages, for a day"],
    ["queue share jobs --methods POST --expires 7d", "to post messages, for a week"],
    ["queue share jobs --paths claims,messages --methods POST,DELETE", "to claim and delete"],
  ],
  flags: {
    paths: {
      kind: "enum",
      values: PATHS,
      variadic: ",",
      optional: true,
      brief: "parts to use; messages by default",
    },
    methods: {
      kind: "enum",
      values: METHODS,
      variadic: ",",
      optional: true,
      brief: "how; GET by default",
    },
    expires: valueFlag(seconds, "time", "such as 7d; 1d by default"),
  },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run({ sukkal, connection, output, signal }: Session, { paths, methods, expires }: Flags, name: string) {
    const queue = (await sukkal()).queue(name);
    // The service signs for queues that do not exist too.
    await detailsOf(queue, signal);
    const until = expires === undefined ? undefined : new Date(Date.now() + expires * 1000);
    const shared = await queue.share({ paths, methods, expires: until }, { signal });
    const { url } = await connection();
    await output.record(shared, fieldsOf(url, shared));
    output.hint(`Try it:\n${curl(url, shared)}`);
  },
});

function fieldsOf(url: string, shared: SharedUrl): readonly Field[] {
  return [...shared.paths.map((path): Field => ["URL", url + path]), ...headersOf(shared)];
}

function headersOf({ paths, methods, project, expires, signature }: SharedUrl): readonly (readonly [string, string])[] {
  return [
    ["X-Project-ID", project],
    ["URL-Signature", signature],
    ["URL-Expires", expires],
    ["URL-Methods", methods.join(",")],
    ["URL-Paths", paths.join(",")],
  ];
}

/** A first request, for a shell. */
function curl(url: string, shared: SharedUrl): string {
  const [path = ""] = shared.paths;
  const method = shared.methods[0] ?? "GET";
  const headers = [["Client-ID", crypto.randomUUID()], ...headersOf(shared)].map(
    ([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`,
  );
  const isPost = method === "POST" && path.endsWith("/messages");
  const what = isPost ? [`  --json ${quoted('{"messages": [{"body": "hello"}]}')}`] : [`  -X ${method}`];
  return [`curl ${quoted(url + path)}`, ...headers, ...(method === "GET" ? [] : what)].join(" \\\n");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
