/** The requests of the clients of the crash test, whatever their transport. */
import type { Seen } from "./history.ts";
import type { Body } from "./zaqar.ts";

export type Request =
  | {
      readonly kind: "post";
      readonly bodies: readonly Body[];
      /** The Idempotency-Key, which frames do not have; null: none. */
      readonly key: string | null;
    }
  | {
      readonly kind: "claim";
      readonly ttl: number;
      readonly limit: number;
      /** Seconds for which it waits for messages, which only frames do here; null: it does not. */
      readonly wait: number | null;
    }
  | { readonly kind: "delete"; readonly id: string; readonly claim: string }
  | { readonly kind: "delete many"; readonly ids: readonly string[] }
  | { readonly kind: "release"; readonly claim: string }
  | { readonly kind: "renew"; readonly claim: string; readonly ttl: number }
  | { readonly kind: "pop"; readonly count: number }
  | { readonly kind: "page"; readonly includesClaimed: boolean };

/** Members that the request does not lead to are empty. */
export interface Reply {
  readonly status: number;
  /** The ids of posted messages. */
  readonly ids: readonly string[];
  readonly claim: string | null;
  readonly messages: readonly Seen[];
  /** As it was received. */
  readonly text: string;
}

/** Messages for a claim that waited; null: its time is over. */
export interface WaitedClaim {
  readonly queue: string;
  readonly claim: { readonly id: string; readonly messages: readonly Seen[] } | null;
}

export interface Transport {
  /** Whether posts may have a key, and claims a wait. */
  readonly hasKeys: boolean;
  readonly hasWaits: boolean;
  /** The service has restarted at another port. */
  reconnect(port: number): void;
  /** null: the connection broke, or no answer arrived in time. */
  ask(queue: string, request: Request): Promise<Reply | null>;
  /** Closes the connection. The next request opens another one. */
  leave(): Promise<void>;
  close(): void;
}

export const PAGE_LIMIT = 20;
export const MESSAGE_TTL = 3600;
export const GRACE = 60;
