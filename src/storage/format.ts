/**
 * The format of stored tables: how many migrations a version has, and how many a version must know to use its tables. Both follow
 * from the texts of migrations alone, so that the start script can check a data folder before any object is opened.
 */
import { DELIVERY_MIGRATIONS } from "./delivery/schema.ts";
import { HUB_MIGRATIONS } from "./hub/schema.ts";
import { METER_MIGRATIONS } from "./meter/schema.ts";
import { POOLS_MIGRATIONS } from "./pools/schema.ts";
import { PROJECT_MIGRATIONS } from "./project/schema.ts";
import { QUEUE_MIGRATIONS } from "./queue/schema.ts";

/** The format of one kind of object. */
export interface Format {
  /** The number of migrations that the version has. */
  readonly makes: number;
  /** The number of migrations that a version must know to use the tables that these have made. */
  readonly needs: number;
}

/** The kinds of objects that have tables of their own. */
export const KINDS = ["queue", "project", "delivery", "pools", "hub", "meter"] as const;

export type StorageFormat = Readonly<Record<(typeof KINDS)[number], Format>>;

/**
 * The first line of a migration that removes what older versions use: a version that knows fewer migrations than it names must
 * not use the tables. It is part of the stored text, so that an older version finds it in migrations that it does not know.
 */
const NEEDS = /^-- needs migration (\d{1,9})\n/;

/** The formats of this version. The objects of topics and shards have the tables of a queue's. */
export const STORAGE_FORMAT: StorageFormat = {
  queue: formatOf(QUEUE_MIGRATIONS),
  project: formatOf(PROJECT_MIGRATIONS),
  delivery: formatOf(DELIVERY_MIGRATIONS),
  pools: formatOf(POOLS_MIGRATIONS),
  hub: formatOf(HUB_MIGRATIONS),
  meter: formatOf(METER_MIGRATIONS),
};

/** Whether a version can use tables that another has written. */
export function canUse(version: StorageFormat, written: StorageFormat): boolean {
  return KINDS.every((kind) => written[kind].needs <= version[kind].makes);
}

/** The number of migrations that a version must know to use the tables that these have made. */
export function neededBy(migrations: readonly string[]): number {
  return migrations.reduce((needed, statements) => Math.max(needed, Number(NEEDS.exec(statements)?.[1] ?? 0)), 0);
}

function formatOf(migrations: readonly string[]): Format {
  return { makes: migrations.length, needs: neededBy(migrations) };
}
