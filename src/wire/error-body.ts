/** The body of an error answer as JSON and as XML. Upstream: zaqar/transport/wsgi/errors.py and falcon's HTTPError. */
import type { FailureAnswer } from "./failures.ts";

type ErrorBody = Pick<FailureAnswer, "title" | "description" | "code" | "link">;

export function encodeErrorJson({ title, description, code, link }: ErrorBody): string {
  return JSON.stringify({ title, description, code, link });
}

/**
 * The body of a 401, in the format of keystonemiddleware, which OpenStack's clients parse. Its `error` has a `code` already, so
 * ours is where all other errors have it: at the top.
 */
export function encodeIdentityError({ title, description, code }: ErrorBody): string {
  return JSON.stringify({ error: { code: 401, title, message: description }, code });
}

export function encodeErrorXml({ title, description, code, link }: ErrorBody): string {
  const parts = [element("title", escapeXml(title))];
  if (description !== undefined) parts.push(element("description", escapeXml(description)));
  parts.push(element("code", code));
  if (link !== undefined) {
    const { text, href, rel } = link;
    const members = element("text", escapeXml(text)) + element("href", escapeXml(href)) + element("rel", rel);
    parts.push(element("link", members));
  }
  return `<?xml version="1.0" encoding="UTF-8"?>${element("error", parts.join(""))}`;
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Replaces characters that XML 1.0 does not allow by U+FFFD, because a description may quote text of a client. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
