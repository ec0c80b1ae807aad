/** What the objects of a queue answer to calls that name messages. With shards, another object may have what one has not. */
import { ok } from "../../domain/result.ts";
import { MISSING, type QueueRpc } from "../rpc/queue.ts";
import type { LogHost } from "./log-host.ts";

type DeleteRequest = Parameters<QueueRpc["delete"]>[0];
type DeleteManyRequest = Parameters<QueueRpc["deleteMany"]>[0];

export function deleteById(
  host: Pick<LogHost, "queue" | "write">,
  { id, claim }: DeleteRequest,
): ReturnType<QueueRpc["delete"]> {
  return host.write((now) => host.queue?.delete(id, claim, now) ?? MISSING);
}

/** `hasShards`: whether other objects have to be asked for what this one does not have. */
export function deleteManyById(
  host: Pick<LogHost, "queue" | "write">,
  { ids, claims }: DeleteManyRequest,
  hasShards: boolean,
): ReturnType<QueueRpc["deleteMany"]> {
  return host.write((now) => {
    const missing = hasShards ? (host.queue?.messages.missing(ids, now) ?? ids) : null;
    const deleted = host.queue?.deleteMany(ids, claims, now) ?? ok(null);
    return deleted.ok && missing !== null ? { ...deleted, missing } : deleted;
  });
}
