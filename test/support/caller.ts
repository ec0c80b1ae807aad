/** Somebody with a credential, at a service that the test has started: the driver of the API, with other headers. */
import type { Service } from "./service.ts";
import { requestBy, withClientHeaders, type Answer } from "./wire.ts";
import { Project } from "./zaqar.ts";

export type HeaderTexts = Readonly<Record<string, string>>;

/** `id`: the project that the caller's own headers name; where a credential does, they are worth nothing. */
export function caller(service: Service, credential: HeaderTexts, id = freshProject()): Project {
  return new Project(id, crypto.randomUUID(), (method, path, options = {}) =>
    requestBy(
      (request) => service.fetch(request),
      method,
      path,
      withClientHeaders({ ...options, headers: { ...credential, ...options.headers } }),
    ),
  );
}

export function freshProject(): string {
  return `project-${crypto.randomUUID()}`;
}

/** What `POST …/share` answers. */
export interface SharedUrl {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}

/** The headers of a request that uses a signed URL, as python-zaqarclient writes them. */
export function signedHeaders({ paths, methods, project, expires, signature }: SharedUrl): HeaderTexts {
  return {
    "URL-Signature": signature,
    "URL-Expires": expires,
    "URL-Methods": methods.join(","),
    "URL-Paths": paths.join(","),
    "X-Project-ID": project,
  };
}

/** A signed URL of a queue. */
export async function share(owner: Project, queue: string, grant: object = {}): Promise<SharedUrl> {
  const answer: Answer = await owner.send("POST", `/v2/queues/${queue}/share`, { body: grant });
  if (answer.status !== 200) throw new Error(`Expected 200, got ${answer.status}: ${answer.text}`);
  return answer.json as SharedUrl;
}
