/** Addresses of mails: the forms that can stand in a header and an SMTP command without a way to end either. */

/** One address as HTML and RFC 5321 have it: what could end the header that it is written into is not in it. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const ADDRESS_LENGTH_MAX = 254;

export function isMailAddress(text: string): boolean {
  return text.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(text) && isDomain(text.slice(text.indexOf("@") + 1));
}

/** RFC 1035, 2.3.1: with any other label no server can be found. */
function isDomain(text: string): boolean {
  return text.split(".").every((label) => /^(?!-)[A-Za-z0-9-]{1,63}$/.test(label) && !label.endsWith("-"));
}

const ADDRESS_LITERAL = /^\[(?:(?:\d{1,3}\.){3}\d{1,3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/;

/** By which a mail server can be told who calls: a domain, or an address in brackets (RFC 5321, 4.1.3). */
export function isServerName(text: string): boolean {
  return text.length <= 255 && (ADDRESS_LITERAL.test(text) || (isDomain(text) && !/^[\d.]+$/.test(text)));
}

/** The same from the host of a URL; null where a server could not be told that. */
export function toServerName(hostname: string): string | null {
  const bare = hostname.replace(/\.$/, "");
  const name = bare.startsWith("[") ? `[IPv6:${bare.slice(1)}` : /^[\d.]+$/.test(bare) ? `[${bare}]` : bare;
  return isServerName(name) ? name : null;
}

/** Whom a mail is from. */
export interface Sender {
  readonly address: string;
  /** One line; "" is none. */
  readonly name: string;
}

/** `address` or `Name <address>`, with or without quotes around the name; null for anything else. */
export function parseSender(text: string): Sender | null {
  const [, before = "", between] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = between ?? text.trim();
  if (!isMailAddress(address)) return null;
  const [, quoted] = /^"(.*)"$/.exec(before.trim()) ?? [];
  return { address, name: toOneLine(quoted ?? before.trim()) };
}

/** Line breaks would begin further headers of the mail. */
export function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
