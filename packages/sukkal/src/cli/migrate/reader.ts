/** What a service has: its queues, their metadata, subscriptions and messages, without taking anything. */
import { SukkalError } from "../../error.ts";
import { membersIn } from "../../json-text.ts";
import { toMessages, type Message } from "../../message.ts";
import { Queue } from "../../queue.ts";
import type { Subscription } from "../../subscriptions.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { storedMembers, membersOf, type Members } from "./metadata.ts";
import { pagesOf, pageSizeOf } from "./pages.ts";
import { unwrapped } from "./python-json.ts";
import type { Side } from "./sides.ts";

/** A subscription, with its options as they were written. */
export interface Subscribed extends Omit<Subscription, "options"> {
  readonly optionsText: string;
}

/** Messages of a queue. */
export interface Counts {
  readonly total: number;
  readonly claimed: number;
}

/** A marker before all messages: numbers of MongoDB begin at 1, and Redis takes an unknown marker for none. */
const BEFORE_ALL = "-1";
/** The longest name of a queue. */
const NAME_CHARACTERS = 64;

export class Reader {
  readonly side: Side;
  private readonly isZaqar: boolean;
  private sizes: Promise<number | undefined> | null = null;
  private absent: Promise<Members> | null = null;

  constructor(side: Side, isZaqar: boolean) {
    this.side = side;
    this.isZaqar = isZaqar;
  }

  queue(name: string): Queue {
    return new Queue(this.side.transport, name);
  }

  /** The names of all queues, in the order of the service. */
  async *queueNames(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const path = "/v2/queues";
    const limit = await this.asked(() => pageSizeOf(this.side, path, signal));
    const toEntries = namesIn;
    const list = { path, query: { limit }, member: "queues", toEntries, idOf: (name: string) => name };
    for await (const { entries } of pagesOf(this.side, list, signal)) yield* entries;
  }

  /** With the defaults of the service. */
  async members(name: string, signal: AbortSignal): Promise<Members> {
    const call = { method: "GET", path: pathOf(name), isRepeatable: true, signal } as const;
    return membersOf((await this.side.transport.send(call)).text);
  }

  /** The members that were set; those with the defaults of the service are not among them. */
  async metadata(name: string, signal: AbortSignal): Promise<Members> {
    const [members, defaults] = await Promise.all([this.members(name, signal), this.defaults(signal)]);
    return storedMembers(members, defaults);
  }

  /** What the service shows of a queue that does not exist. `prefix`: the credential may ask for no other names. */
  defaults(signal: AbortSignal, prefix = ""): Promise<Members> {
    const name = `${prefix}sukkal-migrate-${crypto.randomUUID()}`.slice(0, NAME_CHARACTERS);
    return (this.absent ??= this.members(name, signal));
  }

  /** null: the service cannot count them. Zaqar's Redis storage fails after a claim has lapsed, or a message has expired. */
  async counts(name: string, signal: AbortSignal): Promise<Counts | null> {
    const call = { method: "GET", path: `${pathOf(name)}/stats`, isRepeatable: false, signal } as const;
    try {
      const { document } = await this.side.transport.send(call);
      return (document as { readonly messages: Counts }).messages;
    } catch (error) {
      if (error instanceof SukkalError && error.status >= 500) return null;
      throw error;
    }
  }

  async subscriptions(name: string, signal: AbortSignal): Promise<readonly Subscribed[]> {
    const list = {
      path: `${pathOf(name)}/subscriptions`,
      query: {},
      member: "subscriptions",
      toEntries: ({ text, document }: { readonly text: string; readonly document: unknown }): readonly Subscribed[] => {
        const options = membersIn(text, "options");
        const { subscriptions } = document as { readonly subscriptions: readonly Subscription[] };
        return subscriptions.map((each, index) => ({ ...each, optionsText: unwrapped(options[index] ?? "{}") }));
      },
      idOf: ({ id }: Subscribed) => id,
    };
    const all: Subscribed[] = [];
    for await (const { entries } of pagesOf(this.side, list, signal)) all.push(...entries);
    return all;
  }

  /** All messages in their order, claimed ones too. `isDelayed` false: without those that are delayed. */
  async *messages(
    name: string,
    signal: AbortSignal,
    { isDelayed = true }: { readonly isDelayed?: boolean } = {},
  ): AsyncGenerator<Message<unknown>, void, undefined> {
    const path = `${pathOf(name)}/messages`;
    const limit = await this.messagesPerPage(name, signal);
    const common = { limit, echo: true, include_delayed: isDelayed, details: this.isZaqar ? undefined : true };
    const query = { ...common, include_claimed: true };
    const list = {
      path,
      // Without a marker Zaqar's Redis storage cannot list claimed messages.
      query: this.isZaqar ? { ...query, marker: BEFORE_ALL } : query,
      member: "messages",
      toEntries: toMessages<unknown>,
      idOf: ({ id }: Message<unknown>) => id,
      // From the first message that can be claimed on: expired ones that come before may hide all others.
      ...(this.isZaqar ? { otherwise: common } : {}),
    };
    for await (const { entries } of pagesOf(this.side, list, signal)) yield* entries;
  }

  /** undefined: the service does not tell it. */
  messagesPerPage(name: string, signal: AbortSignal): Promise<number | undefined> {
    return (this.sizes ??= this.asked(() => pageSizeOf(this.side, `${pathOf(name)}/messages`, signal)));
  }

  /** Whether a queue can have this flavor. */
  async flavorState(flavor: string, signal: AbortSignal): Promise<"known" | "missing" | "no-pools"> {
    try {
      await this.side.transport.call("GET", `/v2/flavors/${encodeURIComponent(flavor)}`, { signal });
      return "known";
    } catch (error) {
      if (!(error instanceof SukkalError) || error.status !== 404) throw error;
      return error.code === "route-unknown" ? "no-pools" : "missing";
    }
  }

  /** How many entries a list of the service has that is not moved, such as pools; null: it does not show it. */
  async countOf(list: "pools" | "flavors" | "topics", signal: AbortSignal): Promise<number | null> {
    try {
      // Zaqar answers 503 for topics that its storage does not have.
      const call = { method: "GET", path: `/v2/${list}`, isRepeatable: false, signal } as const;
      const { document } = await this.side.transport.send(call);
      const entries = (Object(document) as Readonly<Record<string, unknown>>)[list];
      return Array.isArray(entries) ? entries.length : null;
    } catch (error) {
      if (error instanceof SukkalError && error.status !== 0) return null;
      throw error;
    }
  }

  /** The first answer of a service, which may have an older version of the API only. */
  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof SukkalError && error.status === 404) throw await otherVersion(this.side, error);
      throw error;
    }
  }
}

function namesIn({ document }: { readonly document: unknown }): readonly string[] {
  return (document as { readonly queues: readonly { readonly name: string }[] }).queues.map(({ name }) => name);
}

export function pathOf(name: string): string {
  return `/v2/queues/${encodeURIComponent(name)}`;
}

/** Without version 2, which Zaqar has since 2015. */
async function otherVersion({ connection: { url }, word }: Side, cause: SukkalError): Promise<Failure> {
  const versions = await versionsOf(url);
  const has = versions.length === 0 ? "no Zaqar" : `Zaqar with version ${versions.join(" and ")} of the API only`;
  const hint =
    versions.length === 0
      ? "Name the address that the catalog has for the type messaging, without /v2."
      : "Update it first, to Liberty or later: its version 2 shows the same queues and messages.";
  return new Failure(`The ${word} ${url} is ${has}.`, { exitCode: EXIT.notFound, hint, cause });
}

const TIMEOUT_MS = 10_000;

/** The ids in the list of versions, for which no credential is needed. Empty: it has none. */
async function versionsOf(url: string): Promise<readonly string[]> {
  try {
    const response = await fetch(`${url}/`, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { versions } = (await response.json()) as { readonly versions: readonly { readonly id: unknown }[] };
    return versions.map(({ id }) => String(id));
  } catch {
    return [];
  }
}
