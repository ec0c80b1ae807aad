/** What needs somebody. */
import type { Route } from "../text/routes.ts";

export interface Finding {
  /** `act`: it destroys something soon, or has done so. `watch`: it is worth a look. */
  readonly severity: "act" | "watch";
  /** What the sentence begins with, which is a name, and the rest of it. */
  readonly subject: string;
  readonly sentence: string;
  /** Where it can be seen in detail. */
  readonly route: Route;
  /** Milliseconds since 1970; null: not known. */
  readonly since: number | null;
  /** When the first message is lost at this pace; absent: none is in danger. */
  readonly lossAt?: number;
  /** The order among those of one rule: smaller is worse. */
  readonly rank: number;
}
