/** The placements of queues and topics that were created while pools were in use (ADR 14). */
import type { Place, PlaceKind } from "../../domain/place.ts";
import type { Placement, SettledPlacement } from "../../domain/placement.ts";
import type { Region } from "../../domain/region.ts";
import type { SpreadRule } from "../../domain/spread.ts";
import type { QueueName } from "../../domain/id.ts";
import type { Sql } from "../sql.ts";
import { nullable, statement, text } from "../statement.ts";

export const TABLES = ["placement"] as const;

const KEY = { kind: text<PlaceKind>(), name: text<QueueName>() };
const PLACEMENT_ROW = {
  region: text<Region>(),
  pool: nullable(text()),
  spread: nullable(text<SpreadRule>()),
  token: text(),
};

export const STATEMENTS = {
  find: statement({
    text: "SELECT region, pool, spread, token FROM placement WHERE kind = :kind AND name = :name",
    parameters: KEY,
    row: PLACEMENT_ROW,
  }),
  put: statement({
    text: `INSERT INTO placement (kind, name, region, pool, spread, token)
             VALUES (:kind, :name, :region, :pool, :spread, :token)
             ON CONFLICT (kind, name) DO UPDATE SET region = excluded.region, pool = excluded.pool, spread = excluded.spread,
               token = excluded.token`,
    parameters: { ...KEY, ...PLACEMENT_ROW },
  }),
  remove: statement({
    text: "DELETE FROM placement WHERE kind = :kind AND name = :name AND token = :token",
    parameters: { ...KEY, token: text() },
  }),
};

export class Placements {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  find({ kind, name }: Place): SettledPlacement | null {
    return this.sql.one(STATEMENTS.find, { kind, name });
  }

  /**
   * Records a placement unless there is one in another region, and returns the recorded one. A placement in the same region gets
   * a new token, so that a late call that deletes the earlier placement has no effect.
   */
  settle(place: Place, { region, pool, spread = null }: Placement): SettledPlacement {
    const present = this.find(place);
    if (present !== null && present.region !== region) return present;
    const settled = { ...(present ?? { region, pool, spread }), token: crypto.randomUUID() };
    this.put(place, settled);
    return settled;
  }

  remove({ kind, name }: Place, token: string): void {
    this.sql.run(STATEMENTS.remove, { kind, name, token });
  }

  put({ kind, name }: Place, { region, pool, spread = null, token }: SettledPlacement): void {
    this.sql.run(STATEMENTS.put, { kind, name, region, pool, spread, token });
  }
}
