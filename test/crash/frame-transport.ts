/** The requests of the crash test as frames of one connection, of text and of MessagePack by turns. */
import type { Random } from "./random.ts";
import { Socket, type FrameReply, type Push } from "./socket.ts";
import {
  GRACE,
  MESSAGE_TTL,
  PAGE_LIMIT,
  type Reply,
  type Request,
  type Transport,
  type WaitedClaim,
} from "./transport.ts";
import { seenIn } from "./zaqar.ts";

export class FrameTransport implements Transport {
  readonly hasKeys = false;
  readonly hasWaits = true;
  private readonly clientId: string;
  private readonly random: Random;
  private readonly onWaited: (claim: WaitedClaim) => void;
  private port = 0;
  private socket: Promise<Socket | null> | null = null;

  constructor(options: {
    readonly clientId: string;
    readonly random: Random;
    readonly onWaited: (claim: WaitedClaim) => void;
  }) {
    this.clientId = options.clientId;
    this.random = options.random;
    this.onWaited = options.onWaited;
  }

  reconnect(port: number): void {
    this.close();
    this.port = port;
    this.socket = null;
  }

  async leave(): Promise<void> {
    const socket = await this.socket;
    this.socket = null;
    socket?.close();
    await socket?.closed;
  }

  async ask(queue: string, request: Request): Promise<Reply | null> {
    const isBinary = this.random.chance(0.5);
    const { clientId, port } = this;
    this.socket ??= Socket.open({ clientId, port, onPush: (push) => this.onWaited(toWaitedClaim(push)) });
    const socket = await this.socket;
    const { action, body } = toAction(request);
    const reply = (await socket?.ask(action, { queue_name: queue, ...body }, isBinary)) ?? null;
    return reply === null ? null : toReply(reply);
  }

  close(): void {
    void this.socket?.then((socket) => socket?.close());
  }
}

function toAction(request: Request): { readonly action: string; readonly body: object } {
  switch (request.kind) {
    case "post":
      return {
        action: "message_post",
        body: { messages: request.bodies.map((body) => ({ body, ttl: MESSAGE_TTL })) },
      };
    case "claim": {
      const { ttl, limit, wait } = request;
      return { action: "claim_create", body: { ttl, grace: GRACE, limit, ...(wait === null ? {} : { wait }) } };
    }
    case "delete":
      return { action: "message_delete", body: { message_id: request.id, claim_id: request.claim } };
    case "delete many":
      return { action: "message_delete_many", body: { message_ids: request.ids } };
    case "release":
      return { action: "claim_delete", body: { claim_id: request.claim } };
    case "renew":
      return { action: "claim_update", body: { claim_id: request.claim, ttl: request.ttl, grace: GRACE } };
    case "pop":
      return { action: "message_delete_many", body: { pop: request.count } };
    case "page":
      return {
        action: "message_list",
        body: { limit: PAGE_LIMIT, echo: true, include_claimed: request.includesClaimed },
      };
  }
}

interface Members {
  readonly message_ids?: readonly string[];
  readonly claim_id?: string | null;
  readonly messages?: unknown;
}

function toReply({ status, body }: FrameReply): Reply {
  const text = JSON.stringify(body);
  const { message_ids: ids = [], claim_id: claim = null, messages = [] } = Object(body) as Members;
  const isListed = status < 300 && Array.isArray(messages);
  return { status, ids, claim, messages: isListed ? seenIn(messages) : [], text };
}

function toWaitedClaim(push: Push): WaitedClaim {
  const { claim_id: id = null, messages } = push as Members;
  const queue = String(push["queue_name"]);
  return { queue, claim: id === null ? null : { id, messages: seenIn(messages) } };
}
