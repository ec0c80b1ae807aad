/**
 * Servers on loopback, at any free port. They end with the process and do not keep it alive, so a test closes one only to make
 * its port unreachable.
 */
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export const LOOPBACK = "127.0.0.1";

export interface Received {
  readonly path: string;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers as scripted, by default with 204, and records its requests. */
export class Receiver {
  readonly received: Received[] = [];
  status = 204;
  private readonly server: HttpServer;

  static async listen(host = LOOPBACK): Promise<Receiver> {
    const receiver = new Receiver();
    await once(receiver.server.listen(0, host), "listening");
    return receiver;
  }

  private constructor() {
    this.server = createHttpServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        this.received.push({ path: request.url ?? "", at: performance.now(), headers: request.headers, body });
        response.writeHead(this.status).end();
      });
    });
    this.server.on("connection", (socket: Socket) => socket.unref()).unref();
  }

  get port(): number {
    return portOf(this.server);
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}/hook`;
  }

  /** The bodies of the received messages, in their order. */
  get bodies(): unknown[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { readonly body: unknown }).body);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/** A server with arbitrary behaviour on a bare connection. */
export class Listener {
  /** The received requests, which may be incomplete. */
  readonly heard: string[] = [];
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** `answer` is called once per connection, with the first bytes that arrive. */
  static async listen(answer: (socket: Socket) => void, host = LOOPBACK, port = 0): Promise<Listener> {
    const listener = new Listener(answer);
    await once(listener.server.listen(port, host), "listening");
    return listener;
  }

  private constructor(answer: (socket: Socket) => void) {
    this.server = createServer((socket) => {
      this.connections++;
      this.sockets.add(socket.unref());
      socket.on("close", () => this.sockets.delete(socket));
      // The client may disconnect at any time.
      socket.on("error", () => undefined);
      socket.once("data", (bytes) => {
        this.heard.push(bytes.toString("latin1"));
        answer(socket);
      });
      socket.resume();
    });
    this.server.unref();
  }

  get port(): number {
    return portOf(this.server);
  }

  /** The number of open connections. */
  get open(): number {
    return this.sockets.size;
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
