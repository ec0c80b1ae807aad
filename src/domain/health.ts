/** Of the service, or, where pools are in use, of each pool by its name; null: the pools cannot be read. */
export type HealthReport = { readonly outcomes: Health } | { readonly pools: ReadonlyMap<string, Health> | null };

/** The health report: the outcome of each step. Steps that an earlier failure prevents are absent. */
export type Health = ReadonlyMap<HealthStep, StepOutcome>;

export type HealthStep =
  | "create_queue"
  | "post_messages"
  | "claim_messages"
  | "list_messages"
  | "delete_messages"
  | "delete_claim"
  | "bulk_delete_messages"
  | "delete_queue";

export interface StepOutcome {
  readonly succeeded: boolean;
  readonly seconds: number;
  /** For a failure: the id in its log line; otherwise null. */
  readonly ref: string | null;
}
