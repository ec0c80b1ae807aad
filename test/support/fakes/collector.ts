/** A fake collector of spans: the binding `COLLECTOR`, with a scripted answer. It records its requests. */
import { resourcesIn, spansIn, type CollectedSpan } from "./collected-spans.ts";

interface CollectorRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Collector {
  readonly requests: CollectorRequest[] = [];
  answer: () => Response | Promise<Response> = () => new Response("{}", { status: 200 });

  /** It answers `fetch` only. */
  get binding(): Fetcher {
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const body = typeof init.body === "string" ? init.body : "";
      this.requests.push({ url, headers: Object.fromEntries(new Headers(init.headers)), body });
      return this.answer();
    };
    return { fetch } as unknown as Fetcher;
  }

  get spans(): readonly CollectedSpan[] {
    return this.requests.flatMap(({ body }) => spansIn(body));
  }

  get resources(): ReturnType<typeof resourcesIn> {
    return this.requests.flatMap(({ body }) => resourcesIn(body));
  }
}
