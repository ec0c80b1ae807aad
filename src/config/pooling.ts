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
  pooling: flag({ default: false }),
  enableVirtualPool: flag({ default: false }),
  maxPoolsPerPage: count({ default: 20, range: { min: 1, max: 1000 } }),
  maxFlavorsPerPage: count({ default: 20, range: { min: 1, max: 1000 } }),
  /** null: none. */
  jurisdiction: decoded(
    optionalText({
      form: {
        words: JURISDICTIONS.map((known) => `"${known}"`).join(" or "),
        pattern: new RegExp(`^(?:${JURISDICTIONS.join("|")})$`),
      },
    }),
    (name): Jurisdiction | null => JURISDICTIONS.find((known) => known === name) ?? null,
  ),
} satisfies SettingGroup;
