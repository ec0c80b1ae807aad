/**
 * What the start script may tell the service that it runs: that it will be stopped. By a socket of its own on loopback
 * (config.capnp), which no route leads to, and with a key that is drawn for each run. Without a key nobody is heard.
 */
import { equalsInConstantTime } from "../domain/digest.ts";
import type { Shutdown } from "../operations/shutdown.ts";

export function answerControl(request: Request, key: string | undefined, shutdown: Shutdown): Response {
  const isKnown = key !== undefined && key !== "";
  const credential = request.headers.get("Authorization") ?? "";
  const isHeard = isKnown && request.method === "POST" && equalsInConstantTime(credential, `Bearer ${key}`);
  if (!isHeard) return new Response(null, { status: 404 });
  shutdown.announce();
  return new Response(null, { status: 204 });
}
