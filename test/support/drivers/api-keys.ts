/** Services that accept API keys, and clients with keys that the operator has created. */
import { clientWith, freshProject } from "./authenticated-client.ts";
import { ACCESS_SETTINGS, startService, type Service } from "./service.ts";
import type { Project } from "./zaqar-client.ts";

export interface Key {
  readonly id: string;
  readonly key: string;
  readonly project_id: string;
}

/** A service that accepts keys and nothing else. */
export function startWithKeys(settings: Readonly<Record<string, string>> = {}): Service {
  return startService({ ...ACCESS_SETTINGS, AUTH_STRATEGY: "keys", ...settings });
}

/** A client with the operator's key. */
export function operator(service: Service): Project {
  return clientWith(service, bearer(ACCESS_SETTINGS.ADMIN_API_KEY));
}

export function bearer(key: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${key}` };
}

/** Creates a key as the operator, such as `{ roles: ["reader"] }`, by default for a new project. */
export async function makeKey(service: Service, document: Readonly<Record<string, unknown>> = {}): Promise<Key> {
  const body = { project_id: freshProject(), ...document };
  const answer = await operator(service).send("POST", "/v2/keys", { body });
  if (answer.status !== 201) throw new Error(`Expected 201, got ${answer.status}: ${answer.text}`);
  return answer.json as Key;
}

/** A client with the key. */
export function holder(service: Service, { key, project_id }: Key): Project {
  return clientWith(service, bearer(key), project_id);
}

/** A client with a new key. */
export async function withKey(service: Service, document: Readonly<Record<string, unknown>> = {}): Promise<Project> {
  return holder(service, await makeKey(service, document));
}
