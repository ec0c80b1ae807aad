/** A list that reads the metadata of many queues does not block other requests. */
import { expect, test } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { projectStub } from "../support/objects/stubs.ts";
import { project } from "../support/drivers/zaqar-client.ts";

const REQUEST = { kind: "queue", marker: null, limit: 10, name: null, withCount: false, prefix: "" } as const;
/** Characters of a queue's metadata. */
const SIZE = 60_000;

async function filled(queues: number): Promise<ProjectRpc> {
  const object = projectStub(project().missingQueue("a")) as unknown as ProjectRpc;
  const metadata = JSON.stringify({ kind: "large", filling: "x".repeat(SIZE) }) as JsonText;
  for (let queue = 0; queue < queues; queue++) {
    await object.enter({ place: queueNamed(`q${queue}` as QueueName), metadata });
  }
  return object;
}

async function orderOf(object: ProjectRpc): Promise<readonly string[]> {
  const order: string[] = [];
  const list = object.list({ ...REQUEST, filters: [{ key: "kind", value: "small" }] }).then(({ entries }) => {
    order.push("list");
    return entries;
  });
  const other = object.count({ prefix: "" }).then(() => order.push("count"));
  expect(await list).toEqual([]);
  await other;
  return order;
}

test("a list that reads much lets other calls run in between", async () => {
  expect(await orderOf(await filled(20))).toEqual(["count", "list"]);
});

test("a list that reads little is answered at once", async () => {
  expect(await orderOf(await filled(4))).toEqual(["list", "count"]);
});

test("a list read in parts is the list read in one go", async () => {
  const object = await filled(20);
  const filters = [{ key: "kind", value: "large" }];
  const { entries } = await object.list({ ...REQUEST, filters });
  expect(entries.map(({ name }) => name)).toEqual(["q0", "q1", "q10", "q11", "q12", "q13", "q14", "q15", "q16", "q17"]);
});
