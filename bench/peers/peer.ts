/** What is measured of each service: ten messages of 1 KiB are stored, taken and deleted. */

/** One connection, with one request at a time. */
export interface PeerClient {
  /** Stores `BATCH` messages. Resolves when the service has acknowledged them. */
  post(): Promise<void>;
  /** Takes up to `BATCH` messages, at least one. */
  claim(): Promise<number>;
  /** Deletes what the last claim has taken. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

export interface RunningPeer {
  readonly port: number;
  /** The process that has started all others of the service. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** What an acknowledged message survives, in the configuration that is measured. */
  readonly durability: string;
  /** Its version; null: it is not installed. */
  version(): string | null;
  start(folder: string): Promise<RunningPeer>;
  connect(port: number): Promise<PeerClient>;
}

export const BATCH = 10;

/** 1 KiB. */
export const BODY = Buffer.from(`{"event":"${"sukkal ".repeat(200).slice(0, 1024 - '{"event":""}'.length)}"}`);

/** The name of the queue in every service. */
export const QUEUE = "bench";
