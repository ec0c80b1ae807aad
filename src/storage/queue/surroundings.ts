/** What outlives a queue in memory. */
import type { BodyAccess } from "./message-reader.ts";
import type { Tally } from "./tally.ts";

export interface Surroundings {
  readonly bodies?: BodyAccess;
  readonly tally?: Tally;
}
