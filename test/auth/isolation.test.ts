/**
 * No request with one project's credentials sees, counts or changes anything of another project. The requests are random. They
 * have every kind of credential of one project, and name another project at every place of a request where a name can be.
 *
 * A token of Keystone with the role admin is not among the credentials: it belongs to an operator of the whole service.
 *
 * To repeat a failure, set SEED below to the printed seed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { fill, fillBody } from "../support/access/endpoints.ts";
import { KeystoneStandIn } from "../support/fakes/keystone.ts";
import {
  ask,
  isSuccess,
  lastSegment,
  Owner,
  urlHeaders,
  type Reply,
  type Stock,
} from "../support/drivers/project-owner.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/drivers/service.ts";
import {
  campaigns,
  headersOf,
  IDEMPOTENT,
  SHARED_QUEUES,
  spell,
  valueOf,
  type Attempt,
  type Campaign,
  type Held,
} from "../support/hostile-inputs/cross-project-requests.ts";

freezeClock();

const SEED: number | null = null;
const RUNS = 150;

const OPERATOR = { Authorization: `Bearer ${ACCESS_SETTINGS.ADMIN_API_KEY}` };
/** A text that is only in the bodies, metadata and descriptions of the other project. */
const MARKER = "only the others know this";
/** A queue of the other project that no request names. */
const HIDDEN_QUEUE = `only-theirs-${crypto.randomUUID()}`;
/** The id of the intruders' project in attempts that do not use its name. */
const OWN = `own-${crypto.randomUUID()}`;
/** A quota that only the other project has. */
const QUOTA = 918_273;

type Headers = Readonly<Record<string, string>>;

/** A project with every kind of resource, and the names of these. */
interface Side {
  readonly owner: Owner;
  /** The data of each queue. */
  readonly stocks: readonly Stock[];
  /** The data of each topic. The topics have the names of the queues. */
  readonly topics: readonly Stock[];
  /** The id of one of its keys. */
  readonly key: string;
}

async function fillAll(owner: Owner, queues: readonly string[], text: string): Promise<Side> {
  const stocks: Stock[] = [];
  for (const queue of queues) stocks.push(await owner.fill(queue, text));
  const topics: Stock[] = [];
  for (const topic of queues) topics.push(await owner.fillTopic(topic, text));
  const { id } = await owner.issueKey({ roles: ["admin"], description: text });
  return { owner, stocks, topics, key: id };
}

const KEYS = [
  { roles: ["reader"] },
  { roles: ["member"] },
  { roles: ["admin"] },
  { roles: ["member"], queue_prefix: "o" },
];

/** The intruders: a project with every kind of credential. */
class Intruders {
  readonly owner: Owner;
  private readonly held: Readonly<Record<Held, (queue: string) => Promise<Headers>>>;

  private constructor(owner: Owner, tokens: Readonly<Record<"reader" | "member", string>>, keys: readonly string[]) {
    this.owner = owner;
    const token = (text: string) => async (): Promise<Headers> => ({ "X-Auth-Token": text });
    const key = (index: number) => async (): Promise<Headers> => ({ Authorization: `Bearer ${keys[index] ?? ""}` });
    const url = (queue: string): Promise<Headers> => this.share(queue);
    this.held = {
      "no credential": async () => ({}),
      "reader's token": token(tokens.reader),
      "member's token": token(tokens.member),
      "reader's key": key(0),
      "member's key": key(1),
      "admin's key": key(2),
      "prefixed key": key(3),
      "admin's key as token": token(keys[2] ?? ""),
      "signed URL": url,
      "token and signed URL": async (queue) => ({ "X-Auth-Token": tokens.member, ...(await url(queue)) }),
    };
  }

  static async create(service: Service, keystone: KeystoneStandIn, project: string): Promise<Intruders> {
    const owner = await Owner.create(service, project, ACCESS_SETTINGS.ADMIN_API_KEY);
    const keys: string[] = [];
    for (const document of KEYS) keys.push((await owner.issueKey(document)).key);
    const reader = keystone.issue({ project, roles: ["reader"] });
    const member = keystone.issue({ project, roles: ["member", "reader"] });
    return new Intruders(owner, { reader, member }, keys);
  }

  /** `targets`: the names in the request, and their spellings. */
  async request(attempt: Attempt, targets: Readonly<Record<string, string>>): Promise<Sent> {
    const { deed, held, pretences } = attempt;
    const path = fill(spell(attempt), targets);
    const headers = { ...headersOf(deed), ...(await this.held[held](targets["queue"] ?? "")) };
    for (const pretence of pretences) headers[pretence] = fill(valueOf(pretence), targets);
    const body = deed.body === undefined ? undefined : fillBody(deed.body, targets);
    const reply = await ask(this.owner.service, deed.method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { reply, text: `${deed.method} ${decodeURIComponent(path)} ${JSON.stringify({ headers, body })}` };
  }

  private async share(queue: string): Promise<Headers> {
    const methods = ["DELETE", "GET", "PATCH", "POST", "PUT"];
    return urlHeaders(await this.owner.share(queue, { paths: ["messages", "claims", "subscriptions"], methods }));
  }
}

interface Sent {
  readonly reply: Reply;
  /** The whole request as one text. */
  readonly text: string;
}

function targetsOf({ named, queue: index }: Attempt, own: Side, foreign: Side): Readonly<Record<string, string>> {
  const { owner, stocks, topics, key } = named === "own" ? own : foreign;
  const queue = SHARED_QUEUES[index] ?? "";
  const { message: announcement = "", subscription: follower = "" } = topics[index] ?? {};
  const ofTopic = { announcement, follower };
  return {
    message: "",
    ...stocks[index],
    ...ofTopic,
    project: owner.project,
    queue,
    key,
    address: `${owner.project}/${queue}`,
  };
}

/** A sentence about a defect of the answer; null: none. */
function findTrespass({ reply, text }: Sent, { deed, named }: Attempt, secrets: readonly string[]): string | null {
  const answer = `${JSON.stringify([...reply.headers])} ${reply.text}`;
  const shown = secrets.find((secret) => answer.includes(secret) && !text.includes(secret));
  if (shown !== undefined) return `shows ${shown}, which is the others'`;
  if (reply.status >= 500) return "fails";
  if (named === "foreign" && NAMES_A_PROJECT.test(`${deed.method} ${deed.target}`) && isSuccess(reply))
    return "succeeds";
  return null;
}

/** Requests that concern the project that they name, or none. */
const NAMES_A_PROJECT = /^(?:POST \/v2\/keys$|GET \/v2\/keys\?project_id=|\w+ \/v2\/keys\/|\w+ \/v2\/quotas\/)/;

/** Texts that an answer may contain only if its request does. */
function secretsOf({ stocks, topics, key }: Side): string[] {
  const ids = [...stocks, ...topics].flatMap((stock) => Object.values(stock) as string[]).filter((id) => id !== "");
  return [MARKER, String(QUOTA), HIDDEN_QUEUE, key, ...ids];
}

/** The counts that the intruders' project sees are those of its own resources. */
async function checkCounts(owner: Owner): Promise<void> {
  const list = JSON.parse((await owner.must("GET", "/v2/queues?with_count=true&limit=20")).text) as Counted;
  const { topics } = JSON.parse((await owner.must("GET", "/v2/topics?limit=20")).text) as Pick<Counted, "topics">;
  const report = JSON.parse((await owner.must("GET", "/v2/quotas")).text) as Reported;
  expect(list.count ?? 0).toBe(list.queues.length);
  expect(report.quotas.queues).toEqual({ limit: -1, used: list.queues.length + topics.length });
}

interface Counted {
  readonly count?: number;
  readonly queues: readonly unknown[];
  readonly topics: readonly unknown[];
}

interface Reported {
  readonly quotas: { readonly queues: unknown };
}

function toProject({ alias }: Campaign, foreign: string): string {
  return alias.replace(":id", OWN).replace(":project", foreign).replace(":PROJECT", foreign.toUpperCase());
}

test(
  "nothing of one project is seen, counted or changed with the credentials of another",
  { timeout: 300_000 },
  async () => {
    const seed = SEED ?? Date.now() % 2 ** 31;
    console.info(`isolation: seed ${seed}`);
    const keystone = new KeystoneStandIn();
    const service = startService(ACCESS_SETTINGS, keystone.binding);
    const project = `foreign-${crypto.randomUUID()}`;
    const theirs = await Owner.create(service, project, ACCESS_SETTINGS.ADMIN_API_KEY);
    const foreign = await fillAll(theirs, [...SHARED_QUEUES, HIDDEN_QUEUE], MARKER);
    const post = { headers: { "Idempotency-Key": IDEMPOTENT.key }, body: IDEMPOTENT.body };
    const posted = await theirs.must("POST", "/v2/queues/orders/messages", post);
    const secrets = [...secretsOf(foreign), lastSegment(posted.headers.get("Location") ?? "")];
    await ask(service, "PUT", `/v2/quotas/${project}`, { headers: OPERATOR, body: { queues: QUOTA } });
    let before = await theirs.snapshot();
    expect(Object.keys(before).length).toBeGreaterThan(14);
    const known = new Map<string, Intruders>();
    const outcomes = new Map<number, number>();
    const property = fc.asyncProperty(campaigns, async (campaign) => {
      const name = toProject(campaign, project);
      const intruders = known.get(name) ?? (await Intruders.create(service, keystone, name));
      known.set(name, intruders);
      const own = await fillAll(intruders.owner, SHARED_QUEUES, "our own");
      for (const attempt of campaign.attempts) {
        const sent = await intruders.request(attempt, targetsOf(attempt, own, foreign));
        outcomes.set(sent.reply.status, (outcomes.get(sent.reply.status) ?? 0) + 1);
        const trespass = findTrespass(sent, attempt, secrets);
        expect(trespass, `${sent.text}: ${sent.reply.status} ${sent.reply.text}`).toBeNull();
      }
      await checkCounts(intruders.owner);
      const after = await theirs.snapshot();
      const unchanged = before;
      // The changes of one run must not make the smaller runs fail to which fast-check reduces it.
      before = after;
      expect(after).toEqual(unchanged);
    });
    await fc.assert(property, { seed, numRuns: RUNS });
    console.info(`isolation: ${JSON.stringify(Object.fromEntries(outcomes))}`);
    for (const status of [200, 201, 204, 401, 403, 404])
      expect(outcomes.get(status), `answers ${status}`).toBeGreaterThan(20);
  },
);
