/** A way to a server that can be shut and opened again, on the same port. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class Doorway implements AsyncDisposable {
  readonly port: number;
  private readonly target: number;
  private readonly sockets = new Set<Socket>();
  private server: Server | null;

  static async to(target: number): Promise<Doorway> {
    const doorway = new Doorway(target, await listen(0));
    doorway.admit();
    return doorway;
  }

  private constructor(target: number, server: Server) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
    this.target = target;
    this.port = address.port;
    this.server = server;
  }

  /** Ends all connections and refuses further ones. */
  async shut(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    this.server = null;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async open(): Promise<void> {
    this.server = await listen(this.port);
    this.admit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut();
  }

  private admit(): void {
    this.server?.on("connection", (socket) => {
      const onward = connect(this.target, "127.0.0.1");
      for (const [each, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.sockets.add(each);
        each.pipe(other);
        each.on("error", () => other.destroy());
        each.on("close", () => {
          this.sockets.delete(each);
          other.destroy();
        });
      }
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await once(server.listen(port, "127.0.0.1"), "listening");
  return server;
}
