/**
 * The control socket, on which the start script announces that it will stop the service. It is a separate socket on loopback
 * (config.capnp). A request needs the key that the start script generates for each run. Without a key all requests are refused.
 */
import { equalsInConstantTime } from "../domain/digest.ts";
import type { Shutdown } from "../operations/shutdown.ts";

export function answerControl(request: Request, key: string | undefined, shutdown: Shutdown): Response {
  const hasKey = key !== undefined && key !== "";
  const credential = request.headers.get("Authorization") ?? "";
  const isAuthorized = hasKey && request.method === "POST" && equalsInConstantTime(credential, `Bearer ${key}`);
  if (!isAuthorized) return new Response(null, { status: 404 });
  shutdown.announce();
  return new Response(null, { status: 204 });
}
