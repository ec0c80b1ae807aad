/** Serves the files of a folder, as any static server would, so that a browser can open a page. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
};

export class Site implements AsyncDisposable {
  /** Without a path. */
  readonly origin: string;
  private readonly server: Server;

  static async serve(folder: string): Promise<Site> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://site");
      const file = normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
      try {
        const text = readFileSync(join(folder, file));
        response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "text/plain" }).end(text);
      } catch {
        response.writeHead(404).end();
      }
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Site(server);
  }

  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
    this.server = server;
    this.origin = `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
