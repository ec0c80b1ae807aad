/** `sukkal key …`: API keys. `npm run keys` is the same. */
import { randomBytes } from "node:crypto";
import type { ApiKey } from "../../api-keys.ts";
import { seconds, text, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import type { Field } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { instantOf } from "../terminal/units.ts";
import { explained } from "./operator-errors.ts";
import { group } from "../group.ts";

const OPERATORS = "The credential needs the role admin. ADMIN_API_KEY is one for the service of --url and SUKKAL_URL.";
const ID = { brief: "id of the key, which sukkal key list shows", placeholder: "id", parse: text } as const;

interface NewKeyFlags {
  readonly roles?: readonly string[];
  readonly prefix?: string;
  readonly expires?: Date;
  readonly description?: string;
}

const create = command({
  brief: "Create an API key and print it",
  description: `The key cannot be shown again. ${OPERATORS}`,
  examples: [
    ["key create --project shop --roles reader", "may only read"],
    [
      "key create --project shop --prefix orders- --expires 90d",
      "for queues whose names begin with orders-, for 90 days",
    ],
    ["key create --project shop --quiet > key", "into a file"],
  ],
  isForOperators: true,
  flags: {
    roles: {
      kind: "parsed",
      parse: text,
      variadic: ",",
      optional: true,
      placeholder: "roles",
      brief: "reader, member (default) or admin; several separated by commas",
    },
    prefix: valueFlag(text, "text", "only for queues and topics whose names begin with it"),
    expires: valueFlag(toExpiry, "time", "such as 90d or 2030-01-01T00:00:00Z; default: never"),
    description: valueFlag(text, "text", "what the key is for"),
  },
  async run(session: Session, { roles, prefix, expires, description }: NewKeyFlags) {
    const { project } = await session.connection();
    const request = {
      ...(project === null ? {} : { project_id: project }),
      ...(roles === undefined ? {} : { roles: roles.map((role) => role.trim()) }),
      ...(prefix === undefined ? {} : { queue_prefix: prefix }),
      ...(expires === undefined ? {} : { expires_at: expires.toISOString() }),
      ...(description === undefined ? {} : { description }),
    };
    const { keys } = await session.sukkal();
    const made = await explained(session, () => keys.create(request, { signal: session.signal }));
    session.output.hint(
      fieldsOf(made)
        .map(([name, value, shown]) => `${name.padEnd(11)}  ${shown ?? value ?? "-"}`)
        .join("\n"),
    );
    session.output.hint("The key, which cannot be shown again:");
    await session.output.result(made, made.key);
  },
});

const list = command({
  brief: "List the API keys of a project, without their secrets",
  description: OPERATORS,
  examples: [["key list --project shop", "with their last uses, which are accurate to ten minutes"]],
  isForOperators: true,
  async run(session: Session) {
    const { project } = await session.connection();
    const { keys } = await session.sukkal();
    const rows = keys.list({ ...(project === null ? {} : { project_id: project }), signal: session.signal });
    await explained(session, () => session.output.list(rows, COLUMNS, { empty: "The project has no API key." }));
  },
});

const COLUMNS: readonly Column<ApiKey>[] = [
  { title: "ID", value: ({ id }) => id, isWhole: true },
  { title: "PROJECT", value: ({ project_id: project }) => project },
  { title: "ROLES", value: ({ roles }) => roles.join(",") },
  { title: "QUEUES", value: ({ queue_prefix: prefix }) => queuesOf(prefix) },
  { title: "EXPIRES", value: ({ expires_at: at }) => at, shown: ({ expires_at: at }) => day(at), isWhole: true },
  { title: "LAST USE", value: ({ last_used_at: at }) => at, shown: ({ last_used_at: at }) => day(at), isWhole: true },
  { title: "DESCRIPTION", value: ({ description }) => description },
];

const show = command({
  brief: "Show an API key, without its secret",
  examples: [["key show 0123456789abcdef.shop", "its id contains its project"]],
  isForOperators: true,
  args: { kind: "tuple", parameters: [ID] },
  async run(session: Session, _: object, id: string) {
    const { keys } = await session.sukkal();
    const key = await explained(session, () => keys.get(id, { signal: session.signal }));
    await session.output.record(key, fieldsOf(key));
  },
});

const revoke = command({
  brief: "Revoke an API key",
  description: `It takes effect everywhere within 60 seconds. ${OPERATORS}`,
  examples: [["key revoke 0123456789abcdef.shop", "whoever has it is refused from then on"]],
  isForOperators: true,
  args: { kind: "tuple", parameters: [ID] },
  async run(session: Session, _: object, id: string) {
    const { keys } = await session.sukkal();
    await explained(session, () => keys.revoke(id, { signal: session.signal }));
    session.output.done(`${id} is revoked; it may still be accepted for up to 60 seconds.`);
  },
});

const newAdminKey = command({
  brief: "Generate a value for the secret ADMIN_API_KEY",
  description: "It needs no service: the secret is a setting of the service.",
  examples: [["key new-admin-key > admin-key", "into a file"]],
  async run({ output }: Session) {
    const key = `sk_admin_${randomBytes(32).toString("base64url")}`;
    await output.result({ key }, key);
  },
});

function fieldsOf({ id, project_id, roles, queue_prefix, expires_at, last_used_at, description }: ApiKey): Field[] {
  return [
    ["id", id],
    ["project", project_id],
    ["roles", roles.join(",")],
    ["queues", queuesOf(queue_prefix)],
    ["expires", expires_at, instantOf(expires_at) ?? "never"],
    ["last use", last_used_at, instantOf(last_used_at) ?? "never"],
    ["description", description === "" ? null : description],
  ];
}

/** A table has no space for the time of day. */
function day(instant: string | null): string {
  return instant?.slice(0, 10) ?? "never";
}

function queuesOf(prefix: string): string {
  return prefix === "" ? "all" : `${prefix}*`;
}

function toExpiry(input: string): Date {
  const date = /^\d+[smhdw]$/.test(input) ? new Date(Date.now() + seconds(input) * 1000) : new Date(input);
  if (!Number.isNaN(date.getTime()) && /^\d+[smhdw]$|^\d{4}-\d\d-\d\d/.test(input)) return date;
  throw new SyntaxError(`"${input}" is no time: write 90d or 2030-01-01T00:00:00Z`);
}

export const KEY_COMMANDS = group({
  brief: "API keys of services that have them",
  commands: { COMMANDS: { create, list, show, revoke, newAdminKey } },
});
