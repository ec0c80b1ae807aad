/**
 * The control socket, by which the start script announces that it will stop the service. It is a socket of its own on loopback
 * (config.capnp), reachable by no route. A request needs the key that is drawn for each run; without such a key all are refused.
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
