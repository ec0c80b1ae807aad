/** The body of an error answer, in the two forms the reference writes (core contract 1.8). */
import type { FailureAnswer } from "./failures.ts";

type ErrorBody = Pick<FailureAnswer, "title" | "description" | "link">;

export function encodeErrorJson({ title, description, link }: ErrorBody): string {
  return JSON.stringify({ title, description, link });
}

/** A 401 speaks as Keystone does, whose clients read it (core contract 1.3). */
export function encodeIdentityError({ title, description }: ErrorBody): string {
  return JSON.stringify({ error: { code: 401, title, message: description } });
}

export function encodeErrorXml({ title, description, link }: ErrorBody): string {
  const parts = [element("title", escapeXml(title))];
  if (description !== undefined) parts.push(element("description", escapeXml(description)));
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

/** Characters that XML 1.0 cannot carry at all become U+FFFD: a description may quote what a client sent. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
