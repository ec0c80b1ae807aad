/** A client of the service with one keep-alive connection. */
import { Agent, request } from "node:http";
import { now } from "./instant.ts";
import { PROJECT } from "./load/requests.ts";
import type { Target } from "./rounds.ts";

export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly port: number;

  constructor({ port }: Pick<Target, "port">) {
    this.port = port;
  }

  async createQueue(queue: string): Promise<void> {
    await this.send("PUT", `/v2/queues/${queue}`, null);
  }

  /** Posts `count` messages whose bodies contain the time, and `bytes` more. Returns the duration in milliseconds. */
  async post(queue: string, count: number, bytes = BODY_BYTES): Promise<number> {
    const t = now();
    const message = { body: { t, event: "sukkal ".repeat(Math.ceil(bytes / "sukkal ".length)) } };
    await this.send("POST", `/v2/queues/${queue}/messages`, { messages: Array.from({ length: count }, () => message) });
    return now() - t;
  }

  close(): void {
    this.agent.destroy();
  }

  /** Returns the body of the answer. Throws if it is not a success. */
  async send(method: string, path: string, body: unknown): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const text = body === null ? "" : JSON.stringify(body);
    const headers = {
      "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c",
      "X-Project-ID": PROJECT,
      "Content-Length": Buffer.byteLength(text),
    };
    const options = { host: "127.0.0.1", port: this.port, method, path, headers, agent: this.agent };
    const outgoing = request(options, (response) => {
      let answer = "";
      response.on("data", (chunk) => (answer += String(chunk)));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(answer);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
    return await promise;
  }
}

/** About 1 KiB with the rest of the body. */
const BODY_BYTES = 980;
