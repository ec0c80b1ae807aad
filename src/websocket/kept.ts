/**
 * What the runtime keeps of a connection while its hub sleeps: at most 16 KiB, in V8's serialization. These are the bounds of its
 * parts that vary in size. All of them at once leave 1 KiB for the rest.
 */
export const IDENTITY_BYTES_MAX = 7000;
export const WAIT_BYTES_MAX = 1000;
/** Claims of one connection that wait for messages. */
export const WAITS_MAX = 8;

const BEYOND_LATIN1 = /[^\0-\xff]/;

/** The most bytes that a value takes there. A text with any character beyond Latin-1 takes two for each of its characters. */
export function keptSize(value: object): number {
  const text = JSON.stringify(value);
  return BEYOND_LATIN1.test(text) ? 2 * text.length : text.length;
}
