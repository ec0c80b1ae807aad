/**
 * Servers on loopback, at any free port. They go with the process: none of them keeps it alive, so nobody has to close one
 * but to show that nobody is there.
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

/** Answers with what it is told to, 204 unless told otherwise, and remembers what it was sent. */
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

  /** What the messages hold, in the order in which they came. */
  get bodies(): unknown[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { readonly body: unknown }).body);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/** Whatever it likes on a bare connection. */
export class Listener {
  /** Requests, or as much as came of them. */
  readonly heard: string[] = [];
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  /** `answer` is called once per connection, with the first bytes that come. */
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
      // Whoever calls may hang up at any time.
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

  /** Connections that nobody has closed. */
  get open(): number {
    return this.sockets.size;
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
