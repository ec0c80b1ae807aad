/** Where messages are in a list of a spread queue, and the pages of its objects, of which its home makes the list. */

/** Where a message is in a list: lists are in the order of numbers, and of objects where numbers are equal. */
export interface LogPlace {
  readonly number: number;
  readonly object: number;
}

export function comparePlaces(a: LogPlace, b: LogPlace): number {
  return a.number - b.number || a.object - b.object;
}

/** A question of a list to one object of the queue. */
export interface PageQuestion {
  /** The first number of its page. */
  readonly from: number;
  readonly limit: number;
  /** It gives no number up to this one from now on. Durable before the answer. */
  readonly raise: number;
}

/** A page of one object. */
export interface PageAnswer<Message> {
  /** By ascending numbers. */
  readonly entries: readonly { readonly number: number; readonly message: Message }[];
  /** The page has all entries up to this number; null: all that there are. */
  readonly through: number | null;
  /** The last number that the object has given. */
  readonly last: number;
}
