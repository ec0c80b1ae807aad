/**
 * The address of a WebSocket connection, and the subscriber that stands for it in a subscription. Documents cannot name such a
 * subscriber: its scheme is none of SUBSCRIBER_KINDS.
 */
export interface ConnectionAddress {
  /** The name of the hub that holds the connection. */
  readonly hub: string;
  /** The id of the connection there, a UUID. */
  readonly connection: string;
}

const SCHEME = "websocket://";

export function toSubscriber({ hub, connection }: ConnectionAddress): string {
  return `${SCHEME}${hub}/${connection}`;
}

/** null: the subscriber is of another kind. */
export function parseConnection(subscriber: string): ConnectionAddress | null {
  const slash = subscriber.lastIndexOf("/");
  if (!subscriber.startsWith(SCHEME) || slash < SCHEME.length) return null;
  return { hub: subscriber.slice(SCHEME.length, slash), connection: subscriber.slice(slash + 1) };
}
