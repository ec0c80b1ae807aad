/** The service of this checkout, over HTTP. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/wrangler.ts";
import * as requests from "../load/requests.ts";
import type { Response } from "../load/response.ts";
import { TRANSPORTS, type Exchange } from "../load/transports.ts";
import { Server } from "../server.ts";
import { BATCH, QUEUE, type Peer, type PeerClient } from "./peer.ts";

export const SUKKAL: Peer = {
  name: "Sukkal (npm start)",
  durability: "SQLite's write-ahead log, flushed before each answer",
  version: () => (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string }).version,
  start: (folder) => Server.start({ dataDir: join(folder, "data") }),
  connect: async (port) => await SukkalClient.open(port),
};

class SukkalClient implements PeerClient {
  private readonly caller = { clientId: randomUUID(), queue: QUEUE, identity: requests.TRUSTED };
  private readonly exchange: Exchange;
  private ids: readonly string[] = [];

  private constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  static async open(port: number): Promise<SukkalClient> {
    const fail = (error: Error): never => {
      throw error;
    };
    return new SukkalClient(await TRANSPORTS.http.open(port, fail));
  }

  async post(): Promise<void> {
    await this.ask(requests.post(this.caller, BATCH), 201);
  }

  async claim(): Promise<number> {
    this.ids = requests.messageIds((await this.ask(requests.claim(this.caller, BATCH), 201)).body);
    return this.ids.length;
  }

  async remove(): Promise<void> {
    await this.ask(requests.deleteMany(this.caller, this.ids), 204);
  }

  async close(): Promise<void> {
    this.exchange.close();
  }

  private async ask(bytes: Buffer, expected: number): Promise<Response> {
    const answer = await new Promise<Response>((resolve) => this.exchange.send(bytes, resolve));
    if (answer.status !== expected) throw new Error(`an answer ${answer.status}: ${answer.body.toString()}`);
    return answer;
  }
}
