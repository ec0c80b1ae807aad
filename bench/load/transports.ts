/** The two ways to send the same requests. */
import { Connection } from "./connection.ts";
import { FrameConnection } from "./frame-connection.ts";
import * as frames from "./frames.ts";
import type { Caller } from "./requests.ts";
import * as http from "./requests.ts";
import type { Response } from "./response.ts";

/** The bytes of each request. */
export interface Requests {
  readonly post: (caller: Caller, count: number) => Buffer;
  readonly claim: (caller: Caller, limit: number, wait?: number) => Buffer;
  readonly list: (caller: Caller, limit: number) => Buffer;
  readonly deleteMany: (caller: Caller, ids: readonly string[]) => Buffer;
}

/** A connection with one request at a time. */
export interface Exchange {
  send(bytes: Buffer, answered: (response: Response) => void): void;
  close(): void;
}

interface TransportParts {
  readonly open: (port: number, failed: (error: Error) => void) => Promise<Exchange>;
  readonly requests: Requests;
}

export type Transport = "http" | "websocket";

export const TRANSPORTS: Readonly<Record<Transport, TransportParts>> = {
  http: { open: (port, failed) => Connection.open(port, failed), requests: http },
  websocket: { open: (port, failed) => FrameConnection.open(port, failed), requests: frames },
};
