/** beanstalkd with its binlog. Each command is of one job, so the ten of a batch are sent together. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { BATCH, BODY, QUEUE, type Peer, type PeerClient } from "./peer.ts";
import { freePort, knock, startProgram, versionOf } from "./processes.ts";

/** Bytes of the binlog's files. */
const FILE_BYTES = 10_485_760;
const LEASE_S = 900;

export const BEANSTALKD: Peer = {
  name: "beanstalkd",
  durability: "a binlog, flushed at each write (-f0)",
  version: () => versionOf("beanstalkd", ["-v"], /beanstalkd (\S+)/),
  async start(folder) {
    const port = await freePort();
    const args = ["-l", "127.0.0.1", "-p", String(port), "-b", folder, "-f0", "-s", String(FILE_BYTES)];
    const program = startProgram("beanstalkd", args);
    await program.accepts(() => knock(port));
    return { port, pid: program.pid, stop: () => program.stop() };
  },
  connect: async (port) => await BeanstalkClient.open(port),
};

const LINE_END = Buffer.from("\r\n");
const PUT = Buffer.from(`put 0 0 ${LEASE_S} ${BODY.length}\r\n${BODY.toString()}\r\n`);

interface Reply {
  readonly words: readonly string[];
}

class BeanstalkClient implements PeerClient {
  private readonly socket: Socket;
  private bytes: Buffer = Buffer.alloc(0);
  private readonly waiting: ((reply: Reply) => void)[] = [];
  private held: readonly string[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true).on("data", (chunk: Buffer) => {
      this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
      for (let reply = this.take(); reply !== null; reply = this.take()) this.waiting.shift()?.(reply);
    });
  }

  static async open(port: number): Promise<BeanstalkClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const client = new BeanstalkClient(socket);
    const commands = [`use ${QUEUE}\r\n`, `watch ${QUEUE}\r\n`, "ignore default\r\n"];
    await client.ask(Buffer.from(commands.join("")), commands.length);
    return client;
  }

  async post(): Promise<void> {
    expectAll(await this.ask(Buffer.concat(Array<Buffer>(BATCH).fill(PUT)), BATCH), "INSERTED");
  }

  async claim(): Promise<number> {
    const replies = await this.ask(Buffer.from("reserve-with-timeout 10\r\n".repeat(BATCH)), BATCH);
    expectAll(replies, "RESERVED");
    this.held = replies.map(({ words: [, id = ""] }) => id);
    return this.held.length;
  }

  async remove(): Promise<void> {
    const commands = this.held.map((id) => `delete ${id}\r\n`).join("");
    expectAll(await this.ask(Buffer.from(commands), this.held.length), "DELETED");
  }

  async close(): Promise<void> {
    this.socket.destroy();
  }

  private async ask(bytes: Buffer, replies: number): Promise<readonly Reply[]> {
    const all = Array.from({ length: replies }, () => new Promise<Reply>((resolve) => this.waiting.push(resolve)));
    this.socket.write(bytes);
    return await Promise.all(all);
  }

  /** The next reply without the job that follows it; null: it has not arrived yet. */
  private take(): Reply | null {
    const end = this.bytes.indexOf(LINE_END);
    if (end < 0) return null;
    const words = this.bytes.toString("latin1", 0, end).split(" ");
    const size = words[0] === "RESERVED" ? Number(words[2]) + LINE_END.length : 0;
    const next = end + LINE_END.length + size;
    if (this.bytes.length < next) return null;
    this.bytes = this.bytes.subarray(next);
    return { words };
  }
}

function expectAll(replies: readonly Reply[], word: string): void {
  const other = replies.find(({ words }) => words[0] !== word);
  if (other !== undefined) throw new Error(`${other.words.join(" ")} instead of ${word}`);
}
