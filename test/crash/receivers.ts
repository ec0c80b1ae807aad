/** The subscribers of the crash test. They outlive the service, fail at random, and record every request. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageKey } from "./history.ts";
import type { Arrival } from "./notification-checker.ts";
import type { Random } from "./random.ts";

/** The probabilities of a receiver's failures, and its longest delay (ms). */
export interface Temper {
  readonly refuses: number;
  readonly resets: number;
  readonly slowness: number;
}

export class Receivers {
  readonly arrivals = new Map<string, Arrival[]>();
  private readonly random: Random;
  private readonly tempers: Readonly<Record<string, Temper>>;
  private readonly server: Server;

  /** A receiver for each name, at any free port. */
  static async listen(tempers: Readonly<Record<string, Temper>>, random: Random): Promise<Receivers> {
    const receivers = new Receivers(tempers, random);
    await once(receivers.server.listen(0, "127.0.0.1"), "listening");
    return receivers;
  }

  private constructor(tempers: Readonly<Record<string, Temper>>, random: Random) {
    this.tempers = tempers;
    this.random = random;
    for (const name of Object.keys(tempers)) this.arrivals.set(name, []);
    this.server = createServer((request, response) => void this.receive(request, response));
  }

  urlOf(name: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${name}`;
  }

  /** The number of requests so far. */
  get count(): number {
    return [...this.arrivals.values()].reduce((sum, { length }) => sum + length, 0);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.url ?? "").slice(1);
    const temper = this.tempers[name];
    let text = "";
    request.setEncoding("utf8");
    try {
      for await (const chunk of request) text += String(chunk);
    } catch {
      // The service was killed during the request.
      return;
    }
    if (temper === undefined) return;
    const choice = this.random.next();
    const isAccepted = choice >= temper.refuses + temper.resets;
    if (temper.slowness > 0) await sleep(this.random.between(0, temper.slowness));
    const id = String(request.headers["webhook-id"]);
    this.arrivals.get(name)?.push({ ...messageOf(text), id, isAccepted });
    if (isAccepted) response.writeHead(204).end();
    else if (choice < temper.resets) request.socket.destroy();
    else response.writeHead(500).end();
  }
}

function messageOf(text: string): MessageKey {
  const { body } = JSON.parse(text) as { readonly body: MessageKey };
  return { post: body.post, index: body.index };
}
