/**
 * The access matrix of frames: every kind of caller against every action. A frame succeeds for those callers for whom the same
 * request over HTTP does, and for no others; but a signature permits actions on messages alone.
 *
 * After a change that is meant: npx vitest run test/websocket/access/matrix.test.ts -u
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { actionRows, type ActionRow } from "../../support/access/actions.ts";
import { CALLERS, type Caller } from "../../support/access/callers.ts";
import { endpointsOf, fillBody } from "../../support/access/endpoints.ts";
import { AccessFixture, MARKER } from "../../support/access/fixture.ts";
import { renderMatrixOfFrames } from "../../support/access/matrix-page.ts";
import { freezeClock } from "../../support/clock.ts";
import { Connection, type Reply } from "../../support/drivers/web-socket.ts";
import { restartHub } from "../../support/objects/hub.ts";

freezeClock();

const FILE = "../../../docs/ACCESS-MATRIX-FRAMES.md";
const HINT = "the access matrix has changed; if that is meant: npx vitest run test/websocket/access/matrix.test.ts -u";

test(
  "every action succeeds for those callers that may make its request, and for no others",
  { timeout: 300_000 },
  async () => {
    // The hub's clock does not go back. One that a file before this one has moved by a day takes every new token for expired.
    await restartHub();
    const fixture = await AccessFixture.create();
    // The hub asks the same Keystone as the fixture's own service.
    (env as unknown as Record<string, unknown>)["KEYSTONE"] = fixture.keystone.binding;
    const rows = actionRows(await endpointsOf(fixture.service, fixture.owner.credential));
    const matrix = new Map<Caller, number[]>();
    const findings: string[] = [];
    for (const caller of CALLERS) {
      const statuses: number[] = [];
      for (const row of rows) {
        const reply = await act(fixture, caller, row);
        statuses.push(reply.headers.status);
        findings.push(...judge(caller, row, reply));
        const isRead = row.endpoint.method === "GET";
        if (isSuccess(reply) && !isRead)
          await fixture.restore(/^(?:pool|flavor)_/.test(row.name) ? "service" : "queue");
      }
      matrix.set(caller, statuses);
    }
    expect(findings).toEqual([]);
    const text = renderMatrixOfFrames({ endpoints: rows, statuses: matrix });
    await expect(text, HINT).toMatchFileSnapshot(FILE);
  },
);

/** A connection of its own for each frame, so that none lives on what another has proven. */
async function act(fixture: AccessFixture, caller: Caller, { name, body, endpoint }: ActionRow): Promise<Reply> {
  const socket = await Connection.open({ "Client-ID": crypto.randomUUID(), ...fixture.pretences });
  const headers = toFrameHeaders(await caller.headers(fixture, endpoint));
  if ("X-Auth-Token" in headers || "Authorization" in headers) {
    await socket.ask("authenticate", {}, { ...headers, "X-Project-ID": "" });
  }
  const filled = fillBody(body, fixture.targetsOf("queue"));
  // A credential that belongs to no project may name none.
  const named = endpoint.scope === "service" ? { "X-Project-ID": "" } : {};
  const reply = await socket.ask(name, filled, { ...headers, ...named });
  socket.close();
  await socket.closed;
  return reply;
}

/** In a frame, methods and paths are lists. */
function toFrameHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const isList = (name: string): boolean => name === "URL-Methods" || name === "URL-Paths";
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isList(name) ? value.split(",") : value]),
  );
}

function isSuccess({ headers }: Reply): boolean {
  return headers.status >= 200 && headers.status < 300;
}

function judge(caller: Caller, { name, endpoint }: ActionRow, reply: Reply): string[] {
  const isOfMessages = name.startsWith("message_");
  // Whoever belongs elsewhere is refused, because the frame names this project.
  const expected = caller.expects(endpoint) === true && (caller.group !== "url" || isOfMessages);
  const findings: string[] = [];
  if (isSuccess(reply) !== expected)
    findings.push(expected ? "is refused, but permitted" : "succeeds, but is not permitted");
  if (reply.headers.status >= 500) findings.push("fails");
  if (!expected && JSON.stringify(reply.body).includes(MARKER)) findings.push("shows what only the project may see");
  const what = JSON.stringify(reply.body);
  return findings.map(
    (finding) => `${name}, ${caller.group} "${caller.name}": ${reply.headers.status} ${finding}: ${what}`,
  );
}
