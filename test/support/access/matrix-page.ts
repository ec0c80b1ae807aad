/** Renders the access matrix as docs/ACCESS-MATRIX.md: one table per kind of credential, one row per request. */
import { CALLERS, GROUPS, type Caller, type Group } from "./callers.ts";
import type { Endpoint } from "./endpoints.ts";

export interface Matrix {
  readonly endpoints: readonly Endpoint[];
  /** One for each endpoint. */
  readonly statuses: ReadonlyMap<Caller, readonly number[]>;
}

const INTRODUCTION = `# Who may do what

Computed by \`test/auth/matrix.test.ts\` from the service itself, with every way in switched on (\`AUTH_STRATEGY=keystone,keys\`,
signing keys, \`ADMIN_MODE\`). Do not edit it: after a change that is meant, run

    npx vitest run test/auth/matrix.test.ts -u

Every request is one that succeeds for whoever is permitted: it names a queue, a topic, a message, a claim, a subscription and a key that
exist. It also carries what a client may claim to be without proof (\`X-Project-ID\`, \`X-Roles: admin\` and their like), and nothing comes of
it. Successes are **bold**. \`GET /\` is a 300 for everybody.
`;

export function renderMatrix(matrix: Matrix): string {
  const groups = (Object.keys(GROUPS) as Group[]).map((group) => renderGroup(group, matrix));
  return [INTRODUCTION, ...groups].join("\n");
}

function renderGroup(group: Group, { endpoints, statuses }: Matrix): string {
  const callers = CALLERS.filter((caller) => caller.group === group);
  const legend = callers.map(({ name, meaning }) => `- *${name}*: ${meaning}`);
  const head = ["request", ...callers.map(({ name }) => name)];
  const rows = endpoints.map(({ name }, row) => [
    `\`${name}\``,
    ...callers.map((caller) => renderStatus(statuses.get(caller)?.[row] ?? 0)),
  ]);
  const table = [head, head.map((_, column) => (column === 0 ? "---" : ":-:")), ...rows];
  return [`## ${GROUPS[group]}`, "", ...legend, "", ...table.map((cells) => `| ${cells.join(" | ")} |`), ""].join("\n");
}

function renderStatus(status: number): string {
  return status >= 200 && status < 300 ? `**${status}**` : String(status);
}
