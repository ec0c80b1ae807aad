/** Mail addresses, restricted to forms that cannot end the header or the SMTP command that contains them. */

/** The address syntax of HTML's `input type=email`, which is a subset of RFC 5321. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const ADDRESS_LENGTH_MAX = 254;

export function isMailAddress(text: string): boolean {
  return text.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(text) && isDomain(text.slice(text.indexOf("@") + 1));
}

/** Whether all labels have the form of RFC 1035, 2.3.1. DNS resolves no others. */
function isDomain(text: string): boolean {
  return text.split(".").every((label) => /^(?!-)[A-Za-z0-9-]{1,63}$/.test(label) && !label.endsWith("-"));
}

const ADDRESS_LITERAL = /^\[(?:(?:\d{1,3}\.){3}\d{1,3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/;

/** Whether a text can be the client's name in EHLO: a domain, or an address in brackets (RFC 5321, 4.1.3). */
export function isServerName(text: string): boolean {
  return text.length <= 255 && (ADDRESS_LITERAL.test(text) || (isDomain(text) && !/^[\d.]+$/.test(text)));
}

/** The name for EHLO from the host of a URL; null when the host has no such form. */
export function toServerName(hostname: string): string | null {
  const bare = hostname.replace(/\.$/, "");
  const name = bare.startsWith("[") ? `[IPv6:${bare.slice(1)}` : /^[\d.]+$/.test(bare) ? `[${bare}]` : bare;
  return isServerName(name) ? name : null;
}

/** The sender of a mail. */
export interface Sender {
  readonly address: string;
  /** One line; "": no name. */
  readonly name: string;
}

/** Parses `address` or `Name <address>`, with or without quotes around the name. null for any other text. */
export function parseSender(text: string): Sender | null {
  const [, before = "", between] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = between ?? text.trim();
  if (!isMailAddress(address)) return null;
  const [, quoted] = /^"(.*)"$/.exec(before.trim()) ?? [];
  return { address, name: toOneLine(quoted ?? before.trim()) };
}

/** Replaces control characters and line breaks by blanks, because a line break would begin another header of the mail. */
export function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
