/** Pools, flavors and the jurisdiction of objects (ADR 14). */
import { JURISDICTIONS, type Jurisdiction } from "../domain/region.ts";
import { count, decoded, flag, optionalText, type SettingGroup } from "./setting.ts";

/** Whether operators manage pools and flavors through the API. */
export function servesPools({ adminMode, pooling }: PoolAdministration): boolean {
  return adminMode && pooling;
}

interface PoolAdministration {
  readonly adminMode: boolean;
  readonly pooling: boolean;
}

export const POOLING_SETTINGS = {
  pooling: flag({
    default: false,
    option: "[DEFAULT] pooling",
    meaning: "place new queues and topics in pools; with `ADMIN_MODE` also serve `/v2/pools` and `/v2/flavors`",
  }),
  enableVirtualPool: flag({
    default: false,
    option: "[pooling:catalog] enable_virtual_pool",
    meaning:
      "with `POOLING`: without a pool for them, queues that name no flavor are created as if there were no pools",
  }),
  maxPoolsPerPage: count({
    default: 20,
    option: "[transport] max_pools_per_page",
    meaning: "largest `limit` of a list of pools",
    range: { min: 1, max: 1000 },
  }),
  maxFlavorsPerPage: count({
    default: 20,
    option: "[transport] max_flavors_per_page",
    meaning: "largest `limit` of a list of flavors",
    range: { min: 1, max: 1000 },
  }),
  /** null: none. */
  jurisdiction: decoded(
    optionalText({
      option: "ours",
      meaning:
        "Cloudflare's jurisdiction of every object, `eu`, `us`, `fedramp` or `fedramp-high`; a change abandons all stored data",
      form: {
        words: JURISDICTIONS.map((known) => `"${known}"`).join(" or "),
        pattern: new RegExp(`^(?:${JURISDICTIONS.join("|")})$`),
      },
    }),
    (name): Jurisdiction | null => JURISDICTIONS.find((known) => known === name) ?? null,
  ),
} satisfies SettingGroup;
