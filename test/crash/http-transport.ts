/** The requests of the crash test over HTTP. */
import { GRACE, MESSAGE_TTL, PAGE_LIMIT, type Reply, type Request, type Transport } from "./transport.ts";
import { messagesOf, Zaqar, type Answer, type Call } from "./zaqar.ts";

export class HttpTransport implements Transport {
  readonly hasKeys = true;
  readonly hasWaits = false;
  private readonly zaqar: Zaqar;

  constructor(clientId: string) {
    this.zaqar = new Zaqar(clientId, 0);
  }

  reconnect(port: number): void {
    this.zaqar.reconnect(port);
  }

  async ask(queue: string, request: Request): Promise<Reply | null> {
    const call = toCall(request);
    const answer = await this.zaqar.call({ ...call, path: `/v2/queues/${queue}${call.path}` });
    return answer === null ? null : toReply(request, answer);
  }

  async leave(): Promise<void> {
    // A connection over HTTP has nothing to lose between two requests.
  }

  close(): void {
    this.zaqar.close();
  }
}

function toCall(request: Request): Call {
  switch (request.kind) {
    case "post": {
      const messages = request.bodies.map((body) => ({ body, ttl: MESSAGE_TTL }));
      const call = { method: "POST", path: "/messages", body: { messages } } as const;
      return request.key === null ? call : { ...call, idempotencyKey: request.key };
    }
    case "claim":
      return { method: "POST", path: `/claims?limit=${request.limit}`, body: { ttl: request.ttl, grace: GRACE } };
    case "delete":
      return { method: "DELETE", path: `/messages/${request.id}?claim_id=${request.claim}` };
    case "delete many":
      return { method: "DELETE", path: `/messages?ids=${request.ids.join(",")}` };
    case "release":
      return { method: "DELETE", path: `/claims/${request.claim}` };
    case "renew":
      return { method: "PATCH", path: `/claims/${request.claim}`, body: { ttl: request.ttl, grace: GRACE } };
    case "pop":
      return { method: "DELETE", path: `/messages?pop=${request.count}` };
    case "page": {
      const query = `limit=${PAGE_LIMIT}&echo=true&include_claimed=${request.includesClaimed}`;
      return { method: "GET", path: `/messages?${query}` };
    }
  }
}

function toReply({ kind }: Request, { status, location, text }: Answer): Reply {
  const reply = { status, ids: [], claim: null, messages: [], text };
  if (status >= 300 || status === 204) return reply;
  if (kind === "post") return { ...reply, ids: resourcesOf(text) };
  const claim = kind === "claim" ? location.slice(location.lastIndexOf("/") + 1) : null;
  return { ...reply, claim, messages: messagesOf(text) };
}

/** The ids in the answer to a post. */
export function resourcesOf(text: string): readonly string[] {
  const { resources } = JSON.parse(text) as { readonly resources: readonly string[] };
  return resources.map((href) => href.slice(href.lastIndexOf("/") + 1));
}
