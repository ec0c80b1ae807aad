/** Ports of `dev`: one that is in use is named in a sentence. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Failure } from "../exit-code.ts";
import { Receiver } from "./receiver.ts";

export const HOST = "127.0.0.1";

export async function assertFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, HOST), "listening");
  } catch (error) {
    throw portFailure(error, { port, what: "service", flag: "--port" });
  }
  server.close();
  await once(server, "close");
}

export async function listen(port: number, options: Parameters<typeof Receiver.listen>[1]): Promise<Receiver> {
  try {
    return await Receiver.listen(port, options);
  } catch (error) {
    throw portFailure(error, { port, what: "receiver", flag: "--receiver-port" });
  }
}

function portFailure(
  error: unknown,
  { port, what, flag }: { readonly port: number; readonly what: string; readonly flag: string },
): Failure {
  const code = codeOf(error);
  const reason = code === "EADDRINUSE" ? "is in use by another program" : `cannot be used (${code})`;
  return new Failure(`Port ${port} for the ${what} ${reason}.`, { hint: `Stop that, or name another port: ${flag}` });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
