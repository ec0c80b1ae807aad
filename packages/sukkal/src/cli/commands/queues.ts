/** `sukkal queue …`. */
import { buildRouteMap } from "@stricli/core";
import { count, QUEUE, text, toMetadata, YES } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { confirmByName } from "../terminal/confirm.ts";

const SET = {
  kind: "parsed",
  parse: text,
  variadic: true,
  optional: true,
  placeholder: "name=value",
  brief: "member of the metadata; the value is JSON or a text",
} as const;

const create = command({
  brief: "Create a queue",
  description: "A post creates a queue too. A queue that exists gets the metadata that is given here.",
  examples: [
    ["queue create jobs", "with the defaults of the service"],
    ["queue create jobs --set _dead_letter_queue=jobs-dead --set _max_claim_count=5", "dead letters after 5 claims"],
  ],
  flags: { set: SET },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run({ sukkal, output, signal }: Session, { set = [] }: { readonly set?: readonly string[] }, name: string) {
    await (await sukkal()).queue(name).create(toMetadata(set), { signal });
    output.done(`Queue ${name} exists.`);
  },
});

const remove = command({
  brief: "Delete a queue with its messages",
  examples: [["queue delete jobs", "asks for the name"]],
  flags: { yes: YES },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run(session: Session, { yes }: { readonly yes?: boolean }, name: string) {
    await confirmByName(session, { what: `This deletes the queue ${name} with its messages`, name, yes });
    await (await session.sukkal()).queue(name).delete({ signal: session.signal });
    session.output.done(`Queue ${name} is deleted.`);
  },
});

const list = command({
  brief: "List queues",
  examples: [["queue list", "all queues"]],
  flags: { limit: { kind: "parsed", parse: count, optional: true, brief: "list at most so many" } },
  async run({ sukkal, output, signal }: Session, _: { readonly limit?: number }) {
    const rows = (await sukkal()).queues({ signal });
    await output.list(rows, [{ title: "NAME", value: ({ name }) => name }], {
      empty: "There is no queue. A post creates one: sukkal post jobs '{\"n\": 1}'",
    });
  },
});

export const QUEUE_COMMANDS = buildRouteMap({
  routes: { create, delete: remove, list },
  docs: { brief: "Create, show, change, pause, purge and delete queues" },
});
