/** The index of a project's queues and topics, as much of it as the overview needs. */
import type { Place, PlaceKind } from "./place.ts";

export interface IndexRequest {
  /** null: both. */
  readonly kind: PlaceKind | null;
  /** Only names that begin with this. */
  readonly prefix: string;
  /** Only names that contain this; null: any. */
  readonly name: string | null;
}

export interface IndexedPlace {
  readonly place: Place;
  /** By its metadata, where its dead letters go; null: nowhere. */
  readonly deadLetterQueue: string | null;
}

export interface PlaceIndex {
  /** In binary order of their names. */
  readonly places: readonly IndexedPlace[];
  /** false: there are more than `INDEX_MAX`. */
  readonly isWhole: boolean;
}

/** The most queues, and the most topics, of an answer. They are 2 MB (measured, with names of 36 characters). */
export const INDEX_MAX = 20_000;
