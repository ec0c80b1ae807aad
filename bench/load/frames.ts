/** The bytes of API requests over WebSocket, for AUTH_STRATEGY=none. */
import { CLAIM_TTL_S, MESSAGE, PROJECT, type Caller } from "./requests.ts";
import { frame } from "./web-socket.ts";

export function post(caller: Caller, count: number): Buffer {
  return action(caller, "message_post", `"messages":[${Array(count).fill(MESSAGE).join(",")}]`);
}

export function claim(caller: Caller, limit: number, wait = 0): Buffer {
  const waiting = wait === 0 ? "" : `,"wait":${wait}`;
  return action(caller, "claim_create", `"ttl":${CLAIM_TTL_S},"grace":60,"limit":${limit}${waiting}`);
}

export function list(caller: Caller, limit: number): Buffer {
  return action(caller, "message_list", `"limit":${limit},"echo":true`);
}

export function deleteMany(caller: Caller, ids: readonly string[]): Buffer {
  return action(caller, "message_delete_many", `"message_ids":${JSON.stringify(ids)}`);
}

function action({ clientId, queue }: Caller, name: string, members: string): Buffer {
  const headers = `{"Client-ID":"${clientId}","X-Project-ID":"${PROJECT}"}`;
  return frame(`{"action":"${name}","headers":${headers},"body":{"queue_name":"${queue}",${members}}}`);
}
