/** For the tests of this folder: what a started service answers. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Queue } from "sukkal/client";

/** Whether the service can serve requests. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

/** The bodies of all messages of a queue. */
export async function bodiesIn(queue: Queue): Promise<readonly unknown[]> {
  const bodies: unknown[] = [];
  for await (const { body } of queue.messages()) bodies.push(body);
  return bodies;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
