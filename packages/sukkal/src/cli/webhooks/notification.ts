/** What a webhook gets of a message, in the form in which the service sends it. */
import type { Message } from "../../message.ts";

/** A string, a comma or colon of the structure, or space between tokens. Everything else is kept. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[,:]|\s+/g;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  "\\": String.raw`\\`,
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
  "\f": String.raw`\f`,
  "\b": String.raw`\b`,
};

/**
 * The body of the request, byte by byte: receivers may match its text. Of a repeated member the service sends the last
 * one only, and this all.
 */
export function toNotification(
  { ttl, bodyText }: Pick<Message<unknown>, "ttl" | "bodyText">,
  { queue }: { readonly queue: string },
): string {
  return `{"ttl": ${ttl}, "body": ${inAscii(bodyText)}, "Message_Type": "Notification", "queue_name": "${queue}"}`;
}

/** JSON in the format of Python's `json.dumps`: only ASCII, a space after commas and colons, numbers as they are. */
function inAscii(json: string): string {
  return json.replace(TOKEN, (token) => {
    if (token === "," || token === ":") return `${token} `;
    return token.startsWith('"') ? escaped(JSON.parse(token) as string) : "";
  });
}

/** Without the flag `u`: each half of a surrogate pair is escaped. */
function escaped(text: string): string {
  const inside = text.replace(/["\\]|[^ -~]/g, (character) => {
    return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${inside}"`;
}
