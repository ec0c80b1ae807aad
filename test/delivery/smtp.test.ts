/** The setting SMTP_URL, and that a password goes only where nobody can read along. */
import { describe, expect, test } from "vitest";
import { parseSmtpUrl, sendBySmtp } from "../../src/delivery/smtp.ts";

describe("SMTP_URL", () => {
  test.each([
    ["smtp://mail.example", { hostname: "mail.example", port: 587, isSecure: false, credentials: null }],
    ["smtps://mail.example", { hostname: "mail.example", port: 465, isSecure: true, credentials: null }],
    ["smtp://mail.example:25/", { hostname: "mail.example", port: 25, isSecure: false, credentials: null }],
    ["smtp://[::1]:2525", { hostname: "[::1]", port: 2525, isSecure: false, credentials: null }],
    [
      "smtps://a%40b:p%2Fw%C3%B6rd%3A@mail.example",
      {
        hostname: "mail.example",
        port: 465,
        isSecure: true,
        credentials: { username: "a@b", password: "p/wörd:" },
      },
    ],
  ])("%s", (text, server) => {
    expect(parseSmtpUrl(text)).toEqual(server);
  });

  test.each([
    "",
    "mail.example",
    "http://mail.example",
    "smtp://",
    "smtp://mail.example:70000",
    "smtp://a%FF:b@mail.example",
  ])("%j is none", (text) => {
    expect(parseSmtpUrl(text)).toBeNull();
  });
});

test.each([
  ["mail.example", false],
  ["127.example", false],
  ["10.0.0.1", false],
  ["127.0.0.1", true],
  ["localhost", true],
  ["[::1]", true],
])("without TLS a server at %s gets the password: %s", async (hostname, isSent) => {
  const script = new Script(["220 here", "250-here\r\n250 AUTH PLAIN", "535 unknown"]);
  const server = { hostname, port: 25, isSecure: false, credentials: { username: "a", password: "b" } };
  const envelope = { from: "a@example.org", to: "b@example.org", mail: "a\r\n" };
  const outcome = await sendBySmtp(envelope, server, { dial: () => script.socket, patience: 1000 });
  expect(outcome).toEqual({ kind: "refused", code: isSent ? 535 : null, isFinal: false });
  expect(script.heard.join("").includes("AUTH")).toBe(isSent);
});

/** A server that gives one reply after the other, whatever it hears. */
class Script {
  readonly heard: string[] = [];
  readonly socket: Socket;

  constructor(replies: readonly string[]) {
    const rest = [...replies];
    const sent = new TransformStream<Uint8Array, Uint8Array>();
    const writer = sent.writable.getWriter();
    const say = (): void => {
      const reply = rest.shift();
      if (reply !== undefined) void writer.write(new TextEncoder().encode(`${reply}\r\n`));
    };
    const writable = new WritableStream<Uint8Array>({
      write: (chunk: Uint8Array) => {
        this.heard.push(new TextDecoder().decode(chunk));
        say();
      },
    });
    const never = new Promise<never>(() => undefined);
    const socket = { readable: sent.readable, writable, opened: never, closed: never, close: async () => undefined };
    this.socket = socket as unknown as Socket;
    say();
  }
}
