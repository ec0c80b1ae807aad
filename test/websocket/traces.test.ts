/** `traceparent` of frames: hostile values have no effect, and no frame is refused because of them. */
import { expect, test } from "vitest";
import { Connection } from "../support/drivers/web-socket.ts";

const VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

interface Listed {
  readonly messages: readonly { readonly traceparent: string | null }[];
}

async function traceOfPost(more: Readonly<Record<string, unknown>>): Promise<string | null | undefined> {
  const headers = { "X-Project-ID": `project-${crypto.randomUUID()}`, "Client-ID": crypto.randomUUID() };
  const connection = await Connection.open(headers);
  const post = { queue_name: "orders", messages: [{ body: "a" }] };
  expect((await connection.ask("message_post", post, more)).headers.status).toBe(201);
  const list = await connection.ask("message_list", { queue_name: "orders", echo: true, details: true });
  return (list.body as Listed).messages[0]?.traceparent;
}

test("a valid one is that of the messages", async () => {
  expect(await traceOfPost({ traceparent: VALID })).toBe(VALID);
});

test.each([
  ["a number", 7],
  ["null", null],
  ["a list", [VALID]],
  ["an object", { traceparent: VALID }],
  ["with a line break", `${VALID}\r\nX-Roles: admin`],
  ["with a lone surrogate", `${VALID.slice(0, -1)}\ud800`],
  ["very long", `01${VALID.slice(2)}x${"0".repeat(100_000)}`],
])("%s has no effect", async (_, traceparent) => {
  expect(await traceOfPost({ traceparent })).toBeNull();
});

test("under a name in capitals it is none, as names of headers of frames are case-sensitive", async () => {
  expect(await traceOfPost({ Traceparent: VALID })).toBeNull();
});
