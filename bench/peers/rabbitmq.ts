/** RabbitMQ with a quorum queue of one node, confirmed publishing and manual acknowledgements. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type ChannelModel, type ConfirmChannel, type ConsumeMessage } from "amqplib";
import { BATCH, BODY, QUEUE, type Peer, type PeerClient } from "./peer.ts";
import { freePort, knock, startProgram, versionOf } from "./processes.ts";

/** Debian's folder. The program in the path changes to another user. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";

export const RABBITMQ: Peer = {
  name: "RabbitMQ, quorum queue",
  durability: "a Raft log of one node, flushed before a publish is confirmed; acknowledgements are not confirmed",
  version: () => versionOf("dpkg-query", ["--show", "--showformat", "${Version}", "rabbitmq-server"], /^(\d[\d.]*)/),
  async start(folder) {
    const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
    const config = join(folder, "rabbitmq.conf");
    writeFileSync(config, `listeners.tcp.1 = 127.0.0.1:${port}\n`);
    mkdirSync(join(folder, "home"));
    const cookie = join(folder, "home", ".erlang.cookie");
    writeFileSync(cookie, randomBytes(16).toString("hex"), { mode: 0o400 });
    const environment = {
      PATH: process.env["PATH"],
      HOME: join(folder, "home"),
      RABBITMQ_BASE: folder,
      RABBITMQ_CONFIG_FILE: config,
      RABBITMQ_CONF_ENV_FILE: join(folder, "none"),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "none"),
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_LOGS: "-",
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_NODENAME: "bench@localhost",
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: String(mapper),
    };
    // Erlang would put its port mapper into the background, where it would outlive the service.
    const epmd = startProgram("epmd", ["-port", String(mapper), "-address", "127.0.0.1"], { env: environment });
    await epmd.accepts(() => knock(mapper));
    const server = startProgram(PROGRAM, [], { env: environment });
    await server.accepts(async () => await (await connect(url(port))).close());
    const stop = async (): Promise<void> => {
      await server.stop();
      await epmd.stop();
    };
    return { port, pid: server.pid, stop };
  },
  connect: async (port) => await RabbitClient.open(port),
};

class RabbitClient implements PeerClient {
  private readonly connection: ChannelModel;
  private readonly channel: ConfirmChannel;
  private readonly delivered: ConsumeMessage[] = [];
  private wake: () => void = () => {};
  private last: ConsumeMessage | null = null;

  private constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.connection = connection;
    this.channel = channel;
  }

  static async open(port: number): Promise<RabbitClient> {
    const connection = await connect(url(port));
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, { durable: true, arguments: { "x-queue-type": "quorum" } });
    await channel.prefetch(BATCH);
    const client = new RabbitClient(connection, channel);
    await channel.consume(QUEUE, (message) => {
      if (message === null) return;
      client.delivered.push(message);
      client.wake();
    });
    return client;
  }

  async post(): Promise<void> {
    for (let index = 0; index < BATCH; index++) this.channel.sendToQueue(QUEUE, BODY, { persistent: true });
    await this.channel.waitForConfirms();
  }

  /** The broker sends up to `BATCH` messages ahead. Other consumers may hold some of them. */
  async claim(): Promise<number> {
    if (this.delivered.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    const held = this.delivered.splice(0);
    this.last = held.at(-1) ?? null;
    return held.length;
  }

  async remove(): Promise<void> {
    // The last one and all before it.
    if (this.last !== null) this.channel.ack(this.last, true);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

function url(port: number): string {
  return `amqp://guest:guest@127.0.0.1:${port}`;
}
