/** Requests that ask for the details of messages, subscriptions, queues or topics. Ours. */
export interface Detailed {
  /** Absent in requests of older versions: without details. */
  readonly details?: boolean;
}

/** A request without details has no member, as in older versions. */
export function detailed(isAsked: boolean): Detailed {
  return isAsked ? { details: true } : {};
}
