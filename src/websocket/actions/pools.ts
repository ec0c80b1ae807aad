/** Pools over WebSocket. Upstream has the actions in its schema (zaqar/api/v1_1/request.py), but answers none. */
import type { Members } from "../../domain/json.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createPool, deletePool, getPool, listPools, updatePool } from "../../operations/pools.ts";
import { PATHS } from "../../wire/paths.ts";
import { encodePool, toPool, toPoolChanges } from "../../wire/pools.ts";
import { reply, sentence } from "../reply.ts";
import { documentOf, flagOf, onService, PAGE, pageIn, segment, textOf, type Action } from "./action.ts";

const POOL = (body: Members): string => `${PATHS.pools}/${segment(body, "pool_name")}`;
const POOL_NAME = { pool_name: { type: "string", isRequired: true } } as const;
/** The document of a request over HTTP. */
const MEMBERS = {
  weight: { type: "integer" },
  uri: { type: "string" },
  flavor: { type: "string" },
  options: { type: "object" },
} as const;

const isMember = (name: string): boolean => Object.hasOwn(MEMBERS, name);

export const POOL_ACTIONS = {
  pool_list: onService(listPools, "GET", () => PATHS.pools, {
    fields: { ...PAGE, detailed: { type: "boolean" } },
    decode: ({ body }) => pageIn(body),
    encode: (pools, { body }) => {
      const list = pools.map((pool) => encodePool(pool, flagOf(body, "detailed"), {}));
      return reply(200, `{"pools":[${list.join(",")}]}`);
    },
  }),
  pool_create: onService(createPool, "PUT", POOL, {
    fields: { ...POOL_NAME, ...MEMBERS },
    decode: ({ body }) => unwrap(toPool(textOf(body, "pool_name"), documentOf(body, isMember))),
    encode: (_, { body }) => sentence(201, `Pool ${textOf(body, "pool_name")} created.`),
  }),
  pool_get: onService(getPool, "GET", POOL, {
    fields: { ...POOL_NAME, detailed: { type: "boolean" } },
    decode: ({ body }) => ({ name: textOf(body, "pool_name") }),
    encode: (pool, { body }) => reply(200, encodePool(pool, flagOf(body, "detailed"), {})),
  }),
  pool_update: onService(updatePool, "PATCH", POOL, {
    fields: { ...POOL_NAME, ...MEMBERS },
    decode: ({ body }) => ({
      name: textOf(body, "pool_name"),
      changes: unwrap(toPoolChanges(documentOf(body, isMember))),
    }),
    encode: (pool) => reply(200, encodePool(pool, false, {})),
  }),
  pool_delete: onService(deletePool, "DELETE", POOL, {
    fields: POOL_NAME,
    decode: ({ body }) => ({ name: textOf(body, "pool_name") }),
    encode: (_, { body }) => sentence(204, `Pool ${textOf(body, "pool_name")} removed.`),
  }),
} satisfies Readonly<Record<string, Action>>;
