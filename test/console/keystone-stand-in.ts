/** A server with the part of Keystone that validates tokens (Identity API v3, "Validate and show information for token"). */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A token without a project is one of a domain. */
export type Tokens = Readonly<Record<string, { readonly project?: string; readonly roles: readonly string[] }>>;

export class KeystoneStandIn {
  private readonly server: Server;

  static async start(tokens: Tokens): Promise<KeystoneStandIn> {
    const server = createServer((request, response) => {
      const found = tokens[String(request.headers["x-subject-token"])];
      if (found === undefined) return void response.writeHead(404).end();
      const user = { id: "0d3c5a1e9b07", name: "on-call", domain: { id: "default" } };
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      const scope = found.project === undefined ? {} : { project: { id: found.project } };
      const token = { ...scope, user, expires_at, roles: found.roles.map((name) => ({ id: name, name })) };
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ token }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new KeystoneStandIn(server);
  }

  private constructor(server: Server) {
    this.server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
