/** In which ways the service can be signed in to. It says so itself, when it is asked without a credential. */
import { signal } from "@preact/signals-core";
import { Sukkal, SukkalError } from "sukkal/client";
import { BASE, type Way } from "./session.ts";

/** null: the service has not said it yet. */
export const ways = signal<readonly Way[] | null>(null);

/** Throws a SukkalError if the service does not answer. */
export async function findWays(): Promise<void> {
  let challenge = "";
  const look = async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    challenge = response.headers.get("WWW-Authenticate") ?? "";
    return response;
  };
  try {
    await new Sukkal({ url: BASE, retries: 0, fetch: look }).service();
  } catch (error) {
    if (!(error instanceof SukkalError) || (error.status !== 401 && error.code !== "project-missing")) throw error;
  }
  const found: Way[] = [];
  if (/\bBearer\b/.test(challenge)) found.push("key");
  if (/\bKeystone\b/.test(challenge)) found.push("token");
  ways.value = found.length === 0 ? ["project"] : found;
}
