/**
 * What a version makes of stored tables, and what it must know to use them: decided from the texts of migrations alone, so
 * that also whoever starts the service can tell before any object is opened.
 */
import { DELIVERY_MIGRATIONS } from "./delivery/schema.ts";
import { PROJECT_MIGRATIONS } from "./project/schema.ts";
import { QUEUE_MIGRATIONS } from "./queue/schema.ts";

/** Of one kind of object. */
export interface Format {
  /** How many migrations the version makes. */
  readonly makes: number;
  /** How many a version must know to use what they leave. */
  readonly needs: number;
}

export type StorageFormat = Readonly<Record<"queue" | "project" | "delivery", Format>>;

/**
 * The first line of a migration that takes away what older versions use: whoever knows fewer migrations than it names must
 * leave the tables alone. It is part of the stored text, so that versions find it in migrations they have never heard of.
 */
const NEEDS = /^-- needs migration (\d{1,9})\n/;

/** Of this version. A topic's object is a queue's. */
export const STORAGE_FORMAT: StorageFormat = {
  queue: formatOf(QUEUE_MIGRATIONS),
  project: formatOf(PROJECT_MIGRATIONS),
  delivery: formatOf(DELIVERY_MIGRATIONS),
};

/** Whether a version can use what another has written. */
export function canUse(version: StorageFormat, written: StorageFormat): boolean {
  return (["queue", "project", "delivery"] as const).every((kind) => written[kind].needs <= version[kind].makes);
}

/** How many migrations a version must know to use what these leave. */
export function neededBy(migrations: readonly string[]): number {
  return migrations.reduce((needed, statements) => Math.max(needed, Number(NEEDS.exec(statements)?.[1] ?? 0)), 0);
}

function formatOf(migrations: readonly string[]): Format {
  return { makes: migrations.length, needs: neededBy(migrations) };
}
