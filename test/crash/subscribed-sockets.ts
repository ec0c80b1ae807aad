/** Connections that subscribe themselves to a queue, and what is pushed to them until the service is killed. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageKey } from "./history.ts";
import type { PushedTo } from "./notification-checker.ts";
import { Socket, type Push } from "./socket.ts";

/** Connections at a time: one subscribes by text, and one by MessagePack. */
const FORMATS = ["text", "MessagePack"] as const;
/** Milliseconds within which a push has to arrive while the service runs. */
const PUSH_MS_MAX = 10_000;

export class SubscribedSockets {
  /** Of all connections, in the order in which they were opened. */
  readonly pushes: PushedTo[] = [];
  private readonly queue: string;
  private sockets: Socket[] = [];

  constructor(queue: string) {
    this.queue = queue;
  }

  /** Opens new connections and subscribes them. False: not all could be, because the service was killed meanwhile. */
  async open(port: number): Promise<boolean> {
    this.close();
    for (const format of FORMATS) {
      const messages: MessageKey[] = [];
      const onPush = ({ body }: Push): void => void messages.push(body as MessageKey);
      const socket = await Socket.open({ clientId: randomUUID(), port, onPush });
      if (socket === null) return false;
      this.sockets.push(socket);
      this.pushes.push({ name: `connection ${this.pushes.length + 1} (${format})`, messages });
      const request = { queue_name: this.queue, ttl: 3600 };
      const reply = await socket.ask("subscription_create", request, format === "MessagePack");
      if (reply?.status !== 201) return false;
    }
    return true;
  }

  /** Waits until all present connections have got these messages; false: they have not. */
  async areTold(keys: readonly string[]): Promise<boolean> {
    const present = this.pushes.slice(-FORMATS.length);
    const isTold = ({ messages }: PushedTo): boolean => {
      const told = new Set(messages.map(({ post, index }) => `${post}/${index}`));
      return keys.every((key) => told.has(key));
    };
    for (const deadline = performance.now() + PUSH_MS_MAX; !present.every(isTold); await sleep(20)) {
      if (performance.now() > deadline) return false;
    }
    return true;
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
    this.sockets = [];
  }
}
