/** Page sizes, which are checked before the hop. */
import { checkRange, PAGE_DEFAULT } from "../domain/limits.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal } from "../domain/refusal.ts";

/** The number of entries to return. Refuses a number that is out of range, also the default. */
export function limitOf({ limit: asked }: PageRequest, max: number, byDefault = PAGE_DEFAULT): number {
  const limit = asked ?? byDefault;
  const failure = checkRange("limit", limit, { min: 1, max });
  if (failure !== null) throw new Refusal(failure);
  return limit;
}
