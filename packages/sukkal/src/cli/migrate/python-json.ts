/**
 * Python's JSON. Zaqar stores NaN and the infinities, and answers with Python's words for them, which JSON does not have.
 * They are wrapped in strings that nothing else contains while answers are parsed, and unwrapped where texts are copied.
 */

import { boundedFetch } from "../connection/bounded-fetch.ts";

const MARK = crypto.randomUUID();
/** A string, or one of the words outside of strings. */
const WORD = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
const WRAPPED = new RegExp(`"${MARK}([^"]+)"`, "g");

/** As `boundedFetch`, for answers that may have such words. */
export async function fetchPython(request: Request): Promise<Response> {
  const response = await boundedFetch(request);
  const text = await response.text();
  const { status, headers } = response;
  // An answer without a body, such as one of 204, must not get one.
  return new Response(text === "" ? null : wrapped(text), { status, headers });
}

export function wrapped(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replaceAll(WORD, (token) => (token.startsWith('"') ? token : `"${MARK}${token}"`));
}

/** The text as Python wrote it. */
export function unwrapped(text: string): string {
  return text.replaceAll(WRAPPED, "$1");
}
