/** The two services of a migration, and what people read when one of them fails. */
import { SukkalError } from "../../error.ts";
import type { ServiceView } from "../../service-view.ts";
import { Transport, type Answer, type Call } from "../../transport.ts";
import { optionsOf, type Session } from "../command.ts";
import { connectionOf, type Connection } from "../connection/connection.ts";
import { explain } from "../errors.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { fetchPython } from "./python-json.ts";

/** One of the services, for one project. */
export interface Side {
  /** Texts call it so. */
  readonly word: "source" | "target";
  readonly connection: Connection;
  readonly transport: Transport;
}

export interface SideFlags {
  readonly from: string;
  readonly to?: string;
  readonly projects?: readonly string[];
}

/** The services for each project that is moved. */
export interface Sides {
  /** null: only one is moved. */
  readonly project: string | null;
  readonly source: Side;
  readonly target: Side;
  /** What the target says of itself. */
  readonly service: ServiceView;
  /** Whether the source is Zaqar, or another service of this kind. */
  readonly isZaqar: boolean;
  /** The project at each; null: the credential says it, and only the service could tell. */
  readonly projectOf: Readonly<Record<Side["word"], string | null>>;
}

export async function sidesOf(session: Session, { from, to, projects }: SideFlags): Promise<readonly Sides[]> {
  const { context, url, project: own } = session.connectionFlags;
  if (to !== undefined && (context !== undefined || url !== undefined))
    throw new Failure("The target is named twice.", { exitCode: EXIT.usage, hint: "Use --to, or --context or --url." });
  if (projects !== undefined && own !== undefined)
    throw new Failure("Use either --project or --projects.", { exitCode: EXIT.usage });
  const all: Sides[] = [];
  for (const project of projects ?? [own])
    all.push({
      project: projects === undefined ? null : (project ?? null),
      ...(await sidesOfProject(session, { from, to, project })),
    });
  return all;
}

async function sidesOfProject(
  session: Session,
  {
    from,
    to,
    project,
  }: { readonly from: string; readonly to: string | undefined; readonly project: string | undefined },
): Promise<Omit<Sides, "project">> {
  const source = sideOf(session, "source", await named(session, from, project));
  const target = sideOf(session, "target", await targetConnection(session, to, project));
  const { connection: one } = source;
  const { connection: other } = target;
  if (isSame(one, other))
    throw new Failure("The source and the target are the same service.", {
      exitCode: EXIT.usage,
      hint:
        to === undefined
          ? "Name the target with --to, or let commands use it: sukkal context use NAME"
          : "--from names Zaqar, and --to Sukkal.",
    });
  const [service, own] = [await serviceOf(target, session.signal), await serviceOf(source, session.signal)];
  if (service === null || !service.extensions.includes("idempotency-keys"))
    throw new Failure(`The target ${other.url} is not Sukkal: messages could not be posted there just once.`, {
      hint: "--from names Zaqar, and --to Sukkal.",
    });
  for (const [word, view] of [
    ["source", own],
    ["target", service],
  ] as const)
    assertProject(word, view, project);
  const projectOf = {
    source: own?.caller.project ?? one.project,
    target: service.caller.project ?? other.project,
  };
  return { source, target, service, isZaqar: own === null, projectOf };
}

/** Without a project the credential names it, which is that of the context. */
function isSame(one: Connection, other: Connection): boolean {
  const isSameProject = one.project === other.project && (one.project !== null || one.context === other.context);
  return one.url === other.url && isSameProject;
}

/** A credential that names its project would move that one instead. */
function assertProject(word: string, service: ServiceView | null, project: string | undefined): void {
  const actual = service?.caller.project;
  if (project === undefined || actual === undefined || actual === project) return;
  throw new Failure(`The credential of the ${word} is for the project ${actual ?? "of no one"}, not for ${project}.`, {
    exitCode: EXIT.notAllowed,
  });
}

async function targetConnection(
  session: Session,
  to: string | undefined,
  project: string | undefined,
): Promise<Connection> {
  if (to !== undefined) return named(session, to, project);
  return connectionOf({ ...session.connectionFlags, project }, surroundingsOf(session));
}

/** The connection of a context, or of an address. Credentials of variables could be those of the other service. */
async function named(session: Session, name: string, project: string | undefined): Promise<Connection> {
  const surroundings = surroundingsOf(session);
  if (!name.includes("://")) {
    // No context has such a name.
    if (/[:/]/.test(name))
      throw new Failure(`"${name}" is neither a context nor an address.`, {
        exitCode: EXIT.usage,
        hint: `An address begins with http:// or https://, such as http://${name}`,
      });
    return connectionOf({ context: name, project }, surroundings);
  }
  const { SUKKAL_CONFIG, XDG_CONFIG_HOME, HOME } = surroundings.env;
  return connectionOf({ url: name, project }, { ...surroundings, env: { SUKKAL_CONFIG, XDG_CONFIG_HOME, HOME } });
}

function surroundingsOf({ cli, signal, output }: Session): Parameters<typeof connectionOf>[1] {
  return { env: cli.process.env, signal, warn: output.warn.bind(output), isForOperators: false };
}

function sideOf({ output }: Session, word: Side["word"], connection: Connection): Side {
  const transport = new SideTransport({ ...optionsOf(connection, output), fetch: fetchPython });
  const side = { word, connection, transport };
  transport.side = side;
  return side;
}

/** The service to which the failed request was. */
const FAILED_AT = new WeakMap<SukkalError, Side>();

class SideTransport extends Transport {
  side: Side | null = null;

  override async send(call: Call): Promise<Answer> {
    try {
      return await super.send(call);
    } catch (error) {
      if (error instanceof SukkalError && this.side !== null) FAILED_AT.set(error, this.side);
      throw error;
    }
  }
}

/** null: Zaqar, which has no such resource. */
async function serviceOf({ transport }: Side, signal: AbortSignal): Promise<ServiceView | null> {
  try {
    const view = await transport.call<ServiceView | undefined>("GET", "/v2/service", { signal });
    return Array.isArray(view?.extensions) ? view : null;
  } catch (error) {
    if (error instanceof SukkalError && (error.status === 404 || error.status === 405)) return null;
    throw error;
  }
}

/** Whether nothing else will work after this failure. */
export function endsAll(error: unknown): boolean {
  return !(error instanceof Failure) && !(error instanceof SukkalError && error.status !== 0 && error.status !== 401);
}

/** What failures of a credential with too few rights have in common; null: another failure. */
export function kindOfForbidden(error: unknown): string | null {
  if (!(error instanceof SukkalError) || error.status !== 403) return null;
  return `${FAILED_AT.get(error)?.word ?? ""} ${error.code} ${error.message}`;
}

/** The failure with the service that it is of. */
export async function explainedBySide(error: unknown): Promise<unknown> {
  const side = error instanceof SukkalError ? FAILED_AT.get(error) : undefined;
  if (side === undefined || !(error instanceof SukkalError)) return error;
  const { word, connection } = side;
  const explained = await explain(error, { connection, prefix: noPrefix, hasOperatorKey: false });
  const failure = explained instanceof Failure ? explained : null;
  if (error.status === 0) return error.cause instanceof Failure ? explained : unreachable(side, failure);
  const hint = failure?.hint?.replace("sukkal whoami", whoami(connection)) ?? (error.isRetryable ? REPEAT : null);
  return new Failure(`The ${word} ${connection.url} answers: ${failure?.message ?? error.message}`, {
    exitCode: failure?.exitCode ?? (error.isRetryable ? EXIT.unavailable : EXIT.refused),
    ...(hint === null ? {} : { hint }),
    cause: error,
  });
}

const FLAGS = { source: "--from", target: "--to" } as const;

/** A service that does not answer. The general hint, to start one, is not meant for either. */
function unreachable({ word, connection: { url, urlSource } }: Side, failure: Failure | null): Failure {
  const flag = FLAGS[word];
  const hint =
    urlSource === "default" ? `Name it with ${flag}.` : `Check that it runs, and that ${flag} names its address.`;
  return new Failure(`The ${word} (${flag}) ${failure?.message ?? `${url} cannot be reached.`}`, {
    exitCode: EXIT.unavailable,
    hint,
    cause: failure,
  });
}

/** The command that shows the rights of this credential, not of that which commands use. */
function whoami({ context, url }: Connection): string {
  return `sukkal whoami ${context === null ? `--url ${url}` : `--context ${context}`}`;
}

/** Whether the names of a credential have one, only whoami tells. */
async function noPrefix(): Promise<string> {
  return "";
}

const REPEAT = "Repeat the command when it works again: what was moved is not moved twice.";
