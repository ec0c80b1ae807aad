/** What may have been deleted meanwhile. */
import { SukkalError } from "sukkal/client";

/** null: the service says that it does not exist. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SukkalError && error.status === 404) return null;
    throw error;
  }
}
