/**
 * Regions: where in Cloudflare's network an object is. A region has a jurisdiction, which the platform guarantees, a location,
 * which is a hint, both, or neither. Its text is part of the names of objects: "", "eu", "weur", "eu.weur".
 */
import type { Brand } from "./brand.ts";

/** Cloudflare's lists. */
export const JURISDICTIONS = ["eu", "us", "fedramp", "fedramp-high"] as const;
export const LOCATIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

export type Jurisdiction = (typeof JURISDICTIONS)[number];
export type Location = (typeof LOCATIONS)[number];
export type Region = Brand<string, "Region">;

export interface RegionParts {
  readonly jurisdiction: Jurisdiction | null;
  readonly location: Location | null;
}

/** The region without a jurisdiction or location, for all objects that were not placed in another region. */
export const HOME = "" as Region;

export function toRegion({ jurisdiction, location }: RegionParts): Region {
  return [jurisdiction, location].filter((part) => part !== null).join(".") as Region;
}

/** null: the text is not a region. No name is in both lists, so each part is unambiguous. */
export function parseRegion(text: string): RegionParts | null {
  const parts = text === "" ? [] : text.split(".");
  const jurisdiction = JURISDICTIONS.find((known) => known === parts[0]) ?? null;
  const rest = jurisdiction === null ? parts : parts.slice(1);
  const location = LOCATIONS.find((known) => known === rest[0]) ?? null;
  return rest.length === (location === null ? 0 : 1) ? { jurisdiction, location } : null;
}

export function partsOf(region: Region): RegionParts {
  const parts = parseRegion(region);
  if (parts === null) throw new Error("A stored region is not known to this version.");
  return parts;
}
