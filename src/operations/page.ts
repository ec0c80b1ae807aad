/** The check of page sizes, which precedes the call of an object. */
import { checkRange, PAGE_DEFAULT } from "../domain/limits.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal } from "../domain/refusal.ts";

/** The size of the page. Refuses a size that is out of range; the default can be, too. */
export function limitOf({ limit: requested }: PageRequest, max: number, fallback = PAGE_DEFAULT): number {
  const limit = requested ?? fallback;
  const failure = checkRange("limit", limit, { min: 1, max });
  if (failure !== null) throw new Refusal(failure);
  return limit;
}
