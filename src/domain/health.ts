/** The health report (core contract 2.3): the outcome of each step. A step that an earlier failure prevents is absent. */
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
  /** For a failure: the id by which its log line is found. */
  readonly ref: string | null;
}
