/**
 * The access matrix: the status of every method of every path for every kind of caller. It is compared with
 * docs/ACCESS-MATRIX.md, so that every change of permissions is visible in a diff. Each success is also compared with what
 * `callers.ts` permits the caller, regardless of that file.
 *
 * After an intended change: npx vitest run test/auth/matrix.test.ts -u
 */
import { expect, test } from "vitest";
import { AccessFixture, MARKER } from "../support/access/fixture.ts";
import { CALLERS, type Caller } from "../support/access/callers.ts";
import { freezeClock } from "../support/clock.ts";
import { endpointsOf, type Endpoint } from "../support/access/endpoints.ts";
import { isSuccess, type Reply } from "../support/drivers/project-owner.ts";
import { renderMatrix } from "../support/access/matrix-page.ts";

freezeClock();

const FILE = "../../docs/ACCESS-MATRIX.md";
const HINT = "the access matrix has changed; if that is meant: npx vitest run test/auth/matrix.test.ts -u";

test("every request succeeds for those callers that may make it, and for no others", { timeout: 300_000 }, async () => {
  const fixture = await AccessFixture.create();
  const endpoints = await endpointsOf(fixture.service, fixture.owner.credential);
  const matrix = new Map<Caller, number[]>();
  const findings: string[] = [];
  for (const caller of CALLERS) {
    const statuses: number[] = [];
    for (const endpoint of endpoints) {
      const reply = await fixture.request(caller, endpoint);
      statuses.push(reply.status);
      findings.push(...judge(caller, endpoint, reply));
      if (hasChanged(endpoint, reply)) await fixture.restore(endpoint.scope);
    }
    matrix.set(caller, statuses);
    findings.push(...(await findTraces(fixture, caller, { endpoints, statuses })));
  }
  expect(findings).toEqual([]);
  const text = renderMatrix({ endpoints, statuses: matrix });
  await expect(text, HINT).toMatchFileSnapshot(FILE);
});

const READING_METHODS = ["GET", "HEAD", "OPTIONS"];

function hasChanged({ method }: Endpoint, reply: Pick<Reply, "status">): boolean {
  return isSuccess(reply) && !READING_METHODS.includes(method);
}

/** A defect of the answer, regardless of the file. */
function judge(caller: Caller, endpoint: Endpoint, reply: Reply): string[] {
  const expected = caller.expects(endpoint);
  const findings: string[] = [];
  if (expected !== "elsewhere" && isSuccess(reply) !== expected) {
    findings.push(expected ? "is refused, but permitted" : "succeeds, but is not permitted");
  }
  if (reply.status >= 500) findings.push("fails");
  const isOfProject = expected === true && caller.name !== "other prefix";
  if (!isOfProject && reply.text.includes(MARKER)) findings.push("shows what only the project may see");
  const isRefused = !isSuccess(reply) && !["/", "/docs", "/console", "/v2/websocket"].includes(endpoint.path);
  if (isRefused && expected === false && caller.refusal !== null && reply.status !== caller.refusal) {
    findings.push(`is refused otherwise than by a ${caller.refusal}, which tells something`);
  }
  return findings.map((finding) => `${endpoint.name}, ${caller.group} "${caller.name}": ${reply.status} ${finding}`);
}

/**
 * Repeats every request that should have changed nothing in this project, and checks that it has not, and that the answer is the
 * same. Requests that succeed in another project are repeated too: they must change nothing here.
 */
async function findTraces(
  fixture: AccessFixture,
  caller: Caller,
  { endpoints, statuses }: { readonly endpoints: readonly Endpoint[]; readonly statuses: readonly number[] },
): Promise<string[]> {
  const findings: string[] = [];
  const before = await fixture.owner.snapshot();
  for (const [row, endpoint] of endpoints.entries()) {
    const status = statuses[row] ?? 0;
    const isElsewhere = caller.expects(endpoint) === "elsewhere";
    if (hasChanged(endpoint, { status }) && !isElsewhere) continue;
    const again = await fixture.request(caller, endpoint);
    if (!isElsewhere && again.status !== status)
      findings.push(`${endpoint.name}: ${status}, asked again ${again.status}`);
  }
  const after = await fixture.owner.snapshot();
  const changed = Object.keys(before).filter((view) => before[view] !== after[view]);
  findings.push(...changed.map((view) => `${view} is not what it was before, though nothing succeeded but reading`));
  return findings.map((finding) => `${caller.group} "${caller.name}": ${finding}`);
}
