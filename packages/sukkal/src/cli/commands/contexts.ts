/** `sukkal context …`: the services of a user, in a file of the user. */
import { flag, readArgument, text, valueFlag, YES } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { changeContexts, readContexts, type Context, type Contexts } from "../connection/config-file.ts";
import { contextCalled, serviceUrl } from "../connection/connection.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { proposalsOf } from "../proposals.ts";
import { ask, confirmByName } from "../terminal/confirm.ts";
import type { Column } from "../terminal/table.ts";
import { group } from "../group.ts";

const NEW_NAME = { brief: "name of the context", placeholder: "context", parse: contextName } as const;
const NAME = { ...NEW_NAME, proposeCompletions: proposalsOf("contexts") } as const;

/** A context, without what is secret. */
interface Shown {
  readonly name: string;
  readonly current: boolean;
  readonly url: string | null;
  readonly project: string | null;
  readonly key: string | null;
  readonly key_command: string | null;
  readonly cloud: string | null;
}

interface AddFlags {
  readonly key?: "-" | "";
  readonly keyCommand?: string;
  readonly cloud?: string;
  readonly replace?: boolean;
}

const add = command({
  brief: "Add a service and how to reach it",
  description: `The first context becomes the current one. Contexts are in the file sukkal/config.toml of ~/.config,
which only you can read. A key is never an argument, because other users see arguments in the list of processes.`,
  examples: [
    ["context add local --url http://127.0.0.1:8787 --project demo", "a service without authentication"],
    ["context add shop --url https://queues.example.com --key", "asks for an API key"],
    ["context add shop --url https://queues.example.com --key - < key-file", "reads the key from a file"],
    ["context add shop --url https://queues.example.com --key-command 'pass show queues'", "the key is not stored"],
  ],
  flags: {
    key: {
      kind: "parsed",
      parse: keySource,
      optional: true,
      inferEmpty: true,
      placeholder: "-",
      brief: "ask for the API key, or read it from standard input (-)",
    },
    keyCommand: valueFlag(text, "command", "shell command that prints the API key"),
    cloud: valueFlag(text, "name", "cloud of clouds.yaml"),
    replace: flag("replace the context of this name"),
  },
  args: { kind: "tuple", parameters: [NEW_NAME] },
  async run(session: Session, flags: AddFlags, name: string) {
    // Before the key is asked for, and again when it is known: another command may have added one meanwhile.
    const assertNew = ({ contexts }: Contexts): void => {
      if (flags.replace === true || !Object.hasOwn(contexts, name)) return;
      throw new Failure(`There is a context "${name}" already.`, {
        exitCode: EXIT.usage,
        hint: "Say --replace to replace it.",
      });
    };
    assertNew(await stored(session));
    const context = await newContext(session, flags);
    let current = name;
    const path = await changeContexts(session.cli.process.env, (former) => {
      assertNew(former);
      current = former.current ?? name;
      return { current, contexts: { ...former.contexts, [name]: context } };
    });
    session.output.done(`Context ${name} is in ${path}.`);
    session.output.hint(
      current === name ? "Commands use it. sukkal doctor checks it." : `Use it: sukkal context use ${name}`,
    );
  },
});

const list = command({
  brief: "List contexts",
  examples: [["context list", "the current one has a star"]],
  async run(session: Session) {
    const { current, contexts } = await stored(session);
    const rows = Object.entries(contexts).map(([name, context]) => toShown(name, context, current));
    await session.output.list(rows, COLUMNS, {
      empty: "There is no context. Add one: sukkal context add NAME --url URL",
    });
  },
});

const COLUMNS: readonly Column<Shown>[] = [
  {
    title: "CURRENT",
    value: ({ current }) => (current ? "*" : ""),
    shown: ({ current }) => (current ? "*" : " "),
    style: () => "good",
  },
  { title: "NAME", value: ({ name }) => name, isWhole: true },
  { title: "URL", value: ({ url }) => url },
  { title: "PROJECT", value: ({ project }) => project },
  { title: "CREDENTIAL", value: credentialKind },
];

const use = command({
  brief: "Make a context the current one",
  examples: [["context use shop", "commands without --context go to the service of this one"]],
  args: { kind: "tuple", parameters: [NAME] },
  async run(session: Session, _: object, name: string) {
    const { path } = await stored(session);
    await changeContexts(session.cli.process.env, ({ contexts }) => {
      contextCalled(name, contexts, path);
      return { current: name, contexts };
    });
    session.output.done(`Commands use the context ${name}.`);
  },
});

const remove = command({
  brief: "Remove a context",
  examples: [["context remove shop", "asks for the name if the context has a key"]],
  flags: { yes: YES },
  args: { kind: "tuple", parameters: [NAME] },
  async run(session: Session, { yes }: { readonly yes?: boolean }, name: string) {
    const { path, contexts: known } = await stored(session);
    const { key } = contextCalled(name, known, path);
    if (key !== undefined) await confirmByName(session, { what: `This removes the key of ${name}`, name, yes });
    await changeContexts(session.cli.process.env, ({ current, contexts: { [name]: _, ...others } }) => ({
      current: current === name ? null : current,
      contexts: others,
    }));
    session.output.done(`Context ${name} is removed.`);
  },
});

const show = command({
  brief: "Show a context, without the secret of its key",
  examples: [["context show shop", "without a name: the current one"]],
  args: { kind: "tuple", parameters: [{ ...NAME, optional: true }] },
  async run(session: Session, _: object, given?: string) {
    const { path, current, contexts } = await stored(session);
    const name = given ?? current;
    if (name === null) throw new Failure("There is no current context.", { exitCode: EXIT.notFound });
    const shown = toShown(name, contextCalled(name, contexts, path), current);
    const fields = Object.entries(shown).map(([title, value]) => [title.replace("_", " "), value] as const);
    await session.output.record(shown, fields);
  },
});

function stored({ cli, output }: Session): ReturnType<typeof readContexts> {
  return readContexts(cli.process.env, output.warn.bind(output));
}

async function newContext({ cli, output, signal, connectionFlags }: Session, flags: AddFlags): Promise<Context> {
  const { url, project } = connectionFlags;
  const { key: source, keyCommand, cloud } = flags;
  if (url === undefined && cloud === undefined)
    throw new Failure("The address of the service is missing.", { exitCode: EXIT.usage, hint: "Say --url URL." });
  if ([source, keyCommand, cloud].filter((credential) => credential !== undefined).length > 1)
    throw new Failure("A context has one of --key, --key-command and --cloud.", { exitCode: EXIT.usage });
  const key = source === undefined ? undefined : await readKey({ cli, signal }, source);
  if (key?.startsWith("sk_") === true && !key.startsWith("sk_admin_") && !KEY.test(key))
    output.warn("The key is not whole: it has another form than those of the service.");
  return {
    ...(url === undefined ? {} : { url: serviceUrl(url) }),
    ...(project === undefined ? {} : { project }),
    ...(key === undefined ? {} : { key }),
    ...(keyCommand === undefined ? {} : { key_command: keyCommand }),
    ...(cloud === undefined ? {} : { cloud }),
  };
}

async function readKey(session: Pick<Session, "cli" | "signal">, source: "-" | ""): Promise<string> {
  if (source === "" && session.cli.stdin.isTTY !== true)
    throw new Failure("Nobody can be asked for the key.", { exitCode: EXIT.usage, hint: "Say --key - and pipe it." });
  const typed =
    source === "" ? await ask(session, "API key (not shown): ", { isSecret: true }) : await readArgument("-", session);
  const key = typed.trim();
  if (/^[\x21-\x7E]+$/.test(key)) return key;
  throw new Failure("The key is empty, or has characters that no key has.", { exitCode: EXIT.usage });
}

function keySource(input: string): "-" | "" {
  if (input === "" || input === "-") return input;
  throw new SyntaxError(
    "a key is no argument, because others see it in the list of processes: write --key alone, or --key - and pipe it",
  );
}

function contextName(input: string): string {
  if (/^[A-Za-z0-9][\w.@-]{0,63}$/.test(input)) return input;
  throw new SyntaxError(`"${input}" is no name of a context: use letters, digits and . _ @ -`);
}

function toShown(
  name: string,
  { url, project, key, key_command: keyCommand, cloud }: Context,
  current: string | null,
): Shown {
  return {
    name,
    current: name === current,
    url: url ?? null,
    project: project ?? null,
    key: key === undefined ? null : masked(key),
    key_command: keyCommand?.replaceAll(/\bsk_\S+/g, "sk_…") ?? null,
    cloud: cloud ?? null,
  };
}

/** The id of a key and its secret. */
const KEY = /^(sk_[0-9a-f]{16}\.[^_]+_)[0-9a-f]{64}$/;

/** The id of a key, which is in lists of keys too, and nothing of its secret. */
function masked(key: string): string {
  const [, id] = KEY.exec(key) ?? [];
  return `${id ?? ""}…`;
}

function credentialKind({ key, key_command: keyCommand, cloud }: Shown): string | null {
  if (key !== null) return "key";
  if (keyCommand !== null) return "key command";
  return cloud === null ? null : `cloud ${cloud}`;
}

export const CONTEXT_COMMANDS = group({
  brief: "Services and their credentials",
  commands: { COMMANDS: { add, list, use, show, remove } },
});
