/** The courier of webhooks over a network with scripted answers. */
import type { AttemptRequest, AttemptResult } from "../../../src/delivery/courier.ts";
import { WebhookCourier } from "../../../src/delivery/webhook.ts";
import { toProjectId } from "../../../src/domain/id.ts";
import type { JsonText } from "../../../src/domain/json.ts";
import type { WebhookSecret } from "../../../src/domain/subscription.ts";
import { toEpochMs } from "../../../src/domain/time.ts";

export const NOW = toEpochMs(1_893_456_000_500);
export const REQUEST: AttemptRequest = { id: "m1_s1", hops: 0, document: '{"body": "a"}' };

interface Setting {
  readonly subscriber?: string;
  readonly options?: object;
  readonly secrets?: readonly WebhookSecret[];
  readonly allowPrivate?: boolean;
  readonly project?: string;
}

export class Network {
  readonly calls: { readonly url: string; readonly init: RequestInit }[] = [];
  readonly background: Promise<unknown>[] = [];
  /** A circuit breaker of its own, so that tests do not affect each other. */
  readonly url = `https://${crypto.randomUUID()}.example/hook?x=1`;
  answer: (signal: AbortSignal) => Response | Promise<Response> = () => new Response(null, { status: 200 });

  send({
    subscriber = this.url,
    options = {},
    secrets = [],
    allowPrivate = false,
    project = "p1",
  }: Setting = {}): Promise<AttemptResult> {
    const courier = new WebhookCourier({
      rules: { allowPrivate },
      project: toProjectId(project),
      fetch: async (url, init) => {
        this.calls.push({ url, init });
        return this.answer(init.signal ?? new AbortController().signal);
      },
      own: null,
      recordSpan: null,
      waitUntil: (work) => this.background.push(work),
      now: () => NOW,
    });
    const target = {
      subscriber,
      options: JSON.stringify(options) as JsonText,
      queuePolicy: null,
      secrets,
      agreed: true,
    };
    return courier.send(target, REQUEST, NOW);
  }

  get headers(): object {
    return Object.fromEntries(new Headers(this.calls[0]?.init.headers));
  }

  get body(): unknown {
    return this.calls[0]?.init.body;
  }
}
