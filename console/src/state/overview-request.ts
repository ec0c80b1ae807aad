/** The request of the overview, until the client has it. */
import type { Overview } from "./figures.ts";
import type { Asking } from "./poll.ts";
import { askFor } from "./session.ts";

export function requestOverview({ signal, fresh, limit }: Asking & { readonly limit: number }): Promise<Overview> {
  return askFor(`v2/overview?limit=${limit}&consumers=true${fresh ? "&fresh=true" : ""}`, signal);
}
