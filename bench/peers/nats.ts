/** NATS JetStream with a stream of files, from which a message that was acknowledged is deleted. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { Consumer, JetStreamClient, JsMsg } from "@nats-io/jetstream";
import { connect, nanos, type NatsConnection } from "@nats-io/transport-node";
import { BATCH, BODY, QUEUE, type Peer, type PeerClient } from "./peer.ts";
import { freePort, knock, startProgram, versionOf } from "./processes.ts";

const LEASE_MS = 900_000;
const FETCH_MS_MAX = 5000;

export const NATS: Peer = {
  name: "NATS JetStream",
  durability: "files, flushed at each write with version 2.10 or newer, every two minutes with older ones",
  version: () => versionOf("nats-server", ["--version"], /v(\d\S*)/),
  async start(folder) {
    const port = await freePort();
    const config = join(folder, "nats.conf");
    // Older versions do not know sync_interval.
    const [major = 0, minor = 0] = (NATS.version() ?? "").split(".").map(Number);
    const sync = major > 2 || minor >= 10 ? "sync_interval: always" : "";
    writeFileSync(config, `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: "${folder}/data"\n${sync} }\n`);
    const program = startProgram("nats-server", ["-c", config]);
    await program.accepts(() => knock(port));
    await createStream(port);
    return { port, pid: program.pid, stop: () => program.stop() };
  },
  connect: async (port) => await NatsClient.open(port),
};

async function createStream(port: number): Promise<void> {
  const connection = await open(port);
  const manager = await jetstreamManager(connection);
  const retention = RetentionPolicy.Workqueue;
  await manager.streams.add({ name: QUEUE, subjects: [QUEUE], retention, storage: StorageType.File });
  const policy = { ack_policy: AckPolicy.Explicit, ack_wait: nanos(LEASE_MS), max_ack_pending: -1 };
  await manager.consumers.add(QUEUE, { durable_name: QUEUE, ...policy });
  await connection.close();
}

function open(port: number): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${port}` });
}

class NatsClient implements PeerClient {
  private readonly connection: NatsConnection;
  private readonly stream: JetStreamClient;
  private readonly consumer: Consumer;
  private held: readonly JsMsg[] = [];

  private constructor(connection: NatsConnection, stream: JetStreamClient, consumer: Consumer) {
    this.connection = connection;
    this.stream = stream;
    this.consumer = consumer;
  }

  static async open(port: number): Promise<NatsClient> {
    const connection = await open(port);
    const stream = jetstream(connection);
    return new NatsClient(connection, stream, await stream.consumers.get(QUEUE, QUEUE));
  }

  async post(): Promise<void> {
    await Promise.all(Array.from({ length: BATCH }, () => this.stream.publish(QUEUE, BODY)));
  }

  async claim(): Promise<number> {
    const held: JsMsg[] = [];
    for await (const message of await this.consumer.fetch({ max_messages: BATCH, expires: FETCH_MS_MAX })) {
      held.push(message);
    }
    this.held = held;
    return held.length;
  }

  async remove(): Promise<void> {
    const confirmed = await Promise.all(this.held.map((message) => message.ackAck()));
    if (!confirmed.every(Boolean)) throw new Error("an acknowledgement was not confirmed");
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
