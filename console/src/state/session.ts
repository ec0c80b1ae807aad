/**
 * Who is signed in. The credential is in the memory of the tab and in its sessionStorage, which ends with the tab; no cookie is
 * set, so another page cannot make the browser send it.
 */
import { computed, signal } from "@preact/signals-core";
import { Sukkal } from "sukkal/client";
import { showNotice } from "./toasts.ts";

/** How a reader proves who they are: by an API key, a token of Keystone or, where nothing is proven, the name of a project. */
export const WAYS = ["key", "token", "project"] as const;
export type Way = (typeof WAYS)[number];

export interface Credential {
  readonly way: Way;
  readonly text: string;
}

interface Session extends Credential {
  /** Of this tab. The service shows it with what the tab did. */
  readonly clientId: string;
  /** An operator's own credential has none. */
  readonly hasProject: boolean;
  /** What an operator comes back to, who looks into a project, and the key that was made for that. Absent: there is none. */
  readonly visit?: { readonly of: Credential; readonly hasProject?: boolean; readonly keyId?: string };
}

/** The service is one folder above the page, whatever prefix a proxy adds. */
export const BASE = new URL("..", location.href.replace(/[?#].*/, "")).href;

const KEY = "sukkal.session";

const session = signal<Session | null>(read());

/** Whether the service has refused the credential since the reader signed in. */
export const isExpired = signal(false);

/** The way in which the reader has signed in; null: not at all. */
export const way = computed(() => session.value?.way ?? null);

/** Whether the credential is that of a project. A tab that is loaded again knows it before the service has said so. */
export const isOfProject = computed(() => session.value?.hasProject === true);

/** Whether an operator looks into a project, and can come back. */
export const isVisit = computed(() => session.value?.visit !== undefined);

/** A client with the credential of the reader; null: nobody is signed in. It repeats nothing: the console shows what failed. */
export const client = computed(() => (session.value === null ? null : clientFor(session.value, watched, showNotice)));

/** For pages, which exist only while somebody is signed in. */
export function signedIn(): Sukkal {
  if (client.value === null) throw new Error("Nobody is signed in.");
  return client.value;
}

/** Keeps a credential that the service has accepted. A repeated sign-in of the tab keeps its Client-ID, and the way back. */
export function signIn(credential: Credential, hasProject: boolean): void {
  const { clientId = crypto.randomUUID(), visit } = session.value ?? {};
  session.value = { ...credential, clientId, hasProject, ...(visit !== undefined && { visit }) };
  isExpired.value = false;
  sessionStorage.setItem(KEY, JSON.stringify(session.value));
}

/** Goes into a project with a credential of it. `keyId`: of a key that was made for the visit, which `endVisit` revokes. */
export function beginVisit(credential: Credential, keyId?: string): void {
  const { value: operator } = session;
  if (operator === null) return;
  const { way: kind, text, clientId, hasProject } = operator;
  const visit = { of: { way: kind, text }, hasProject, ...(keyId !== undefined && { keyId }) };
  switchTo({ ...credential, clientId, hasProject: true, visit }, "#/");
}

/** Comes back to all projects. */
export async function endVisit(): Promise<void> {
  const { clientId = crypto.randomUUID(), visit } = session.value ?? {};
  if (visit === undefined) return;
  const { of: credential, keyId } = visit;
  const operator = { ...credential, clientId, hasProject: visit.hasProject === true };
  // It ends by itself soon, so a service that does not answer keeps nobody inside.
  if (keyId !== undefined)
    await clientFor(operator, fetch)
      .keys.revoke(keyId)
      .catch(() => undefined);
  switchTo(operator, "#/projects");
}

/** Continues with another credential, and forgets everything that was loaded with this one. */
function switchTo(next: Session, page: string): void {
  sessionStorage.setItem(KEY, JSON.stringify(next));
  history.replaceState(null, "", page);
  location.reload();
}

/** Forgets the credential and everything that was loaded with it. */
export function signOut(): void {
  sessionStorage.removeItem(KEY);
  location.reload();
}

/** A client to try a credential with, before it is kept. */
export function clientOf(credential: Credential): Sukkal {
  return clientFor({ ...credential, clientId: crypto.randomUUID() }, fetch);
}

function clientFor(
  { way: kind, text, clientId }: Pick<Session, "way" | "text" | "clientId">,
  fetcher: typeof watched,
  onNotice?: (notice: string) => void,
): Sukkal {
  const options = { url: BASE, clientId, retries: 0, onNotice, fetch: (request: Request) => fetcher(request) };
  if (kind === "key") return new Sukkal({ ...options, key: text });
  return new Sukkal(kind === "token" ? { ...options, token: () => text } : { ...options, project: text });
}

async function watched(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.status === 401) isExpired.value = true;
  return response;
}

function read(): Session | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Partial<Session> | null;
    const kind = WAYS.find((each) => each === kept?.way);
    if (kept === null || kind === undefined || typeof kept.text !== "string") return null;
    const { text, clientId = crypto.randomUUID(), hasProject = true, visit } = kept;
    return { way: kind, text, clientId, hasProject, ...(visit !== undefined && { visit }) };
  } catch {
    return null;
  }
}
