/** The typed client with a credential, for a service that the test has started. */
import type { Service } from "./service.ts";
import { requestBy, withClientHeaders } from "./request.ts";
import { Project } from "./zaqar-client.ts";

export type HeaderTexts = Readonly<Record<string, string>>;

/** `id`: the project in the identity headers, which have no effect if the credential determines the project. */
export function clientWith(service: Service, credential: HeaderTexts, id = freshProject()): Project {
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
