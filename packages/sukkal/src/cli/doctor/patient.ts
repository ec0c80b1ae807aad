/** What the checks of `sukkal doctor` work with, and what they find. */
import type { Sukkal } from "../../sukkal.ts";
import { boundedFetch } from "../connection/bounded-fetch.ts";
import type { Connection } from "../connection/connection.ts";

export interface Patient {
  readonly connection: Connection;
  readonly client: Sukkal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Tells a person what takes long. */
  readonly hint: (text: string) => void;
}

export interface Finding {
  /** What was checked, in one or two words. */
  readonly check: string;
  readonly outcome: "ok" | "warning" | "failed";
  readonly text: string;
  /** What to do. */
  readonly advice: string | null;
}

export type Findings = AsyncGenerator<Finding, void, undefined>;

export function ok(check: string, text: string): Finding {
  return { check, outcome: "ok", text, advice: null };
}

export function warning(check: string, text: string, advice: string): Finding {
  return { check, outcome: "warning", text, advice };
}

export function failed(check: string, text: string, advice: string): Finding {
  return { check, outcome: "failed", text, advice };
}

const TIMEOUT_MS = 10_000;

/** A request without a credential. */
export async function ask({ connection, signal }: Patient, path: string, init: RequestInit = {}): Promise<Response> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  return boundedFetch(connection.url + path, { redirect: "manual", signal: limit, ...init });
}
