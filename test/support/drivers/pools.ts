/** Creates pools and flavors of the service as an operator. All tests of a Worker share the pools. */
import { env } from "cloudflare:workers";
import type { QueueName } from "../../../src/domain/id.ts";
import type { SettledPlacement } from "../../../src/domain/placement.ts";
import type { PoolsRpc } from "../../../src/objects/rpc/pools.ts";
import type { ProjectRpc } from "../../../src/objects/rpc/project.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import "./matchers.ts";
import { send, type Answer, type SendOptions } from "./request.ts";
import type { Queue } from "./zaqar-client.ts";

/** A request of an operator. Flavors are those of `project`. */
export function asOperator(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const headers = { "X-Roles": "admin", ...options.headers };
  return send(method, path, { project: "operations", client: crypto.randomUUID(), ...options, headers });
}

/** A pool that must be accepted. */
export async function putPool(name: string, uri: string, rest: object = {}): Promise<void> {
  const answer = await asOperator("PUT", `/v2/pools/${name}`, { body: { uri, weight: 100, ...rest } });
  if (answer.status !== 201) throw new Error(`The pool ${name} was not accepted: ${answer.status} ${answer.text}`);
}

/** A flavor that must be accepted. */
export async function putFlavor(project: string, name: string, ...pools: readonly string[]): Promise<void> {
  const answer = await asOperator("PUT", `/v2/flavors/${name}`, { project, body: { pool_list: pools } });
  if (answer.status !== 201) throw new Error(`The flavor ${name} was not accepted: ${answer.status} ${answer.text}`);
}

/** Removes every pool. Flavors stay, without pools. */
export async function removePools(): Promise<void> {
  const { POOLS } = env as unknown as ObjectBindings;
  const object = POOLS.getByName("pools") as unknown as PoolsRpc;
  for (const { name } of await object.pools({ marker: "", limit: 1000 })) {
    await object.updatePool({ name, changes: { flavor: null } });
    await object.removePool({ name });
  }
}

/** The placement of the queue or topic in its project; null: none. */
export async function placeOf({ name, collection, project }: Queue): Promise<Omit<SettledPlacement, "token"> | null> {
  const { PROJECTS } = env as unknown as ObjectBindings;
  const object = PROJECTS.getByName(project.id) as unknown as ProjectRpc;
  const place = { kind: collection === "topics" ? "topic" : "queue", name: name as QueueName } as const;
  const placement = await object.placement({ place });
  return placement === null ? null : { region: placement.region, pool: placement.pool };
}
