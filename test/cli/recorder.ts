/** A service that keeps the requests that it gets, and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Recorder {
  readonly url: string;
  readonly requests: Recorded[];
  /** The credential of the last request: its key or token. */
  readonly credential: () => string | null;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What `GET /v2/service` says to somebody without a credential. */
export const SERVICE = {
  version: "0.1.0",
  extensions: [],
  limits: {},
  quotas: null,
  caller: { project: "demo", user: null, key: null, roles: [], queue_prefix: "", proof: "headers", expires_at: null },
  time: "2030-01-01T00:00:00.000Z",
};

/** `reply`: null: there is no answer. */
export async function startRecorder(reply: (request: Recorded) => Reply | null): Promise<Recorder> {
  const requests: Recorded[] = [];
  const server = createServer((request, response) => {
    const { method = "", url: path = "", headers } = request;
    void text(request).then((body) => {
      const recorded = { method, path, headers, body };
      requests.push(recorded);
      const answered = reply(recorded);
      if (answered === null) return;
      const { status = 200, headers: extra = {}, body: answer } = answered;
      response.writeHead(status, { "Content-Type": "application/json", ...extra });
      response.end(answer === undefined ? "" : JSON.stringify(answer));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    credential: () => {
      const { authorization, "x-auth-token": token } = requests.at(-1)?.headers ?? {};
      return authorization?.replace("Bearer ", "") ?? (token as string | undefined) ?? null;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
