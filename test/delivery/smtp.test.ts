/** The setting SMTP_URL, and that a password is sent only over encrypted connections. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
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
  ])("%j is not a server", (text) => {
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
  const outcome = await sendBySmtp(envelope, server, {
    dial: () => script.socket,
    name: "sukkal.example",
    timeout: 1000,
  });
  expect(outcome).toEqual({ kind: "refused", code: isSent ? 535 : null, isFinal: false });
  expect(script.heard.join("").includes("AUTH")).toBe(isSent);
});

describe("a server", () => {
  const SERVER = { hostname: "mail.example", port: 25, isSecure: false, credentials: null };
  const ENVELOPE = { from: "a@example.org", to: "b@example.org", mail: "Subject: s\r\n\r\n.a\r\n..\r\n" };
  const OK = ["250 ok", "250 ok", "354 go on", "250 taken"];
  const ACCEPTED = { kind: "accepted", code: 250 };
  const later = (code: number): object => ({ kind: "refused", code, isFinal: false });

  async function hand(replies: readonly string[], login: Partial<typeof LOGIN> = {}) {
    const script = new Script(replies);
    const call = { dial: () => script.socket, name: "sukkal.example", timeout: 1000 };
    const outcome = await sendBySmtp(ENVELOPE, { ...SERVER, ...login }, call);
    return { outcome, heard: script.heard };
  }
  const LOGIN = { hostname: "127.0.0.1", credentials: { username: "a", password: "b" } };

  test("gets the service's name, the envelope, and the mail with dots stuffed", async () => {
    const { outcome, heard } = await hand(["220 here", "250 hello", ...OK]);
    expect(outcome).toEqual(ACCEPTED);
    expect(heard).toEqual([
      "EHLO sukkal.example\r\n",
      "MAIL FROM:<a@example.org>\r\n",
      "RCPT TO:<b@example.org>\r\n",
      "DATA\r\n",
      "Subject: s\r\n\r\n..a\r\n...\r\n.\r\n",
      "QUIT\r\n",
    ]);
  });

  test.each([
    ["of several lines", ["220-a\r\n220-b\r\n220 c", "250-hello\r\n250-8BITMIME\r\n250 SIZE 10", ...OK]],
    ["without text", ["220", "250-\r\n250", "250", "250 ", "354", "250"]],
    ["that end without a carriage return", ["220-a\n220 b", "250-hello\n250 8BITMIME", ...OK]],
    ["with a tab behind the code", ["220\there", "250\thello", ...OK]],
    ["with line breaks that are none", ["220 a\u2028b\rc", "250 \u0085", ...OK]],
    ["that are no UTF-8, as it were", ["220 \ufffd", "250 \ufffd", ...OK]],
    ["of a long line", [`220 ${"x".repeat(10_000)}`, `250 ${"x".repeat(10_000)}`, ...OK]],
    ["that forward", ["220 here", "250 hello", "250 ok", "251 elsewhere", "354 go on", "250 taken"]],
  ])("may give replies %s", async (_, replies) => {
    expect((await hand(replies)).outcome).toEqual(ACCEPTED);
  });

  test.each([500, 501, 502, 503, 504])("that does not know EHLO (%i) gets HELO", async (code) => {
    const { outcome, heard } = await hand(["220 here", `${code} what`, "250 hello", ...OK]);
    expect(outcome).toEqual(ACCEPTED);
    expect(heard.slice(0, 2)).toEqual(["EHLO sukkal.example\r\n", "HELO sukkal.example\r\n"]);
  });

  test("that does not know HELO either fails for now", async () => {
    expect((await hand(["220 here", "502 what", "502 what"])).outcome).toEqual(later(502));
  });

  test.each([421, 450, 505, 550])("that refuses EHLO with %i gets no HELO", async (code) => {
    const { outcome, heard } = await hand(["220 here", `${code} no`]);
    expect(outcome).toEqual(later(code));
    expect(heard).toHaveLength(1);
  });

  test("that only knows HELO gets no password, unless it is on this machine", async () => {
    const replies = ["220 here", "500 what", "250 hello", "503 no login here"];
    const far = await hand(replies, { ...LOGIN, hostname: "mail.example" });
    expect(far.outcome).toEqual({ kind: "refused", code: null, isFinal: false });
    expect(far.heard).toHaveLength(2);
    expect((await hand(replies, LOGIN)).outcome).toEqual(later(503));
  });

  test.each([
    ["AUTH PLAIN", "AUTH PLAIN AGEAYg==\r\n"],
    ["AUTH=LOGIN PLAIN", "AUTH PLAIN AGEAYg==\r\n"],
    ["auth  login plain", "AUTH PLAIN AGEAYg==\r\n"],
    ["AUTH LOGIN", "AUTH LOGIN\r\n"],
    ["AUTH CRAM-MD5", "AUTH LOGIN\r\n"],
  ])("that offers %s is logged in to by %j", async (offer, command) => {
    const { heard } = await hand(["220 here", `250-hello\r\n250 ${offer}`, "535 no"], LOGIN);
    expect(heard[1]).toBe(command);
  });

  test.each([
    ["instead of a greeting", ["421 closing"]],
    ["at EHLO", ["220 here", "421 closing"]],
    ["at MAIL", ["220 here", "250 hello", "421 closing"]],
    ["at RCPT", ["220 here", "250 hello", "250 ok", "421 closing"]],
    ["at DATA", ["220 here", "250 hello", "250 ok", "250 ok", "421 closing"]],
    ["at the end of the mail", ["220 here", "250 hello", "250 ok", "250 ok", "354 go on", "421 closing"]],
  ])("that closes %s is tried again", async (_, replies) => {
    expect((await hand(replies)).outcome).toEqual(later(421));
  });

  test.each([
    ["with the greeting", ["220 here\r\n250 hello", "250 hello", ...OK]],
    ["with its hello", ["220 here", "250 hello\r\n250 ok", ...OK]],
    ["with the reply to MAIL", ["220 here", "250 hello", "250 ok\r\n250 ok", "550 no", "354 go on", "250 taken"]],
    ["with the invitation", ["220 here", "250 hello", "250 ok", "250 ok", "354 go on\r\n250 taken", "550 no"]],
    ["half a line", ["220 here", "250 hello\r\n25", ...OK]],
    ["that it closes", ["220 here", "250 hello", "250 ok\r\n421 closing"]],
  ])("that sends an unexpected reply, %s, has accepted nothing", async (_, replies) => {
    expect((await hand(replies)).outcome).toEqual({ kind: "unreachable" });
  });

  test.each([
    ["two codes in one reply", ["220 here", "250-hello\r\n550 no"]],
    ["a code of two digits", ["22 here"]],
    ["a code that begins with 1", ["120 wait"]],
    ["no code", ["hello"]],
    ["an empty line", [""]],
    ["a word right behind the code", ["220here"]],
  ])("that says %s does not speak SMTP", async (_, replies) => {
    expect((await hand(replies)).outcome).toEqual({ kind: "unreachable" });
  });

  test("that refuses a mail before all of it has been sent has refused it", async () => {
    const replies = ["220 here", "250 hello", "250 ok", "250 ok", "354 go on", "552 too large"];
    const script = new Script(replies, { breaksAfter: 5 });
    const call = { dial: () => script.socket, name: "sukkal.example", timeout: 1000 };
    const outcome = await sendBySmtp(ENVELOPE, SERVER, call);
    expect(outcome).toEqual({ kind: "refused", code: 552, isFinal: true });
  });
});

describe("the service's name in EHLO", () => {
  const nameOf = (settings: Readonly<Record<string, string>>) =>
    readConfig({ AUTH_STRATEGY: "none", ...settings }).smtpEhloName;

  test.each([
    [{}, "[127.0.0.1]"],
    [{ PUBLIC_URL: "https://queues.example.org/messaging" }, "queues.example.org"],
    [{ PUBLIC_URL: "https://Queues.Example.org.:8443" }, "queues.example.org"],
    [{ PUBLIC_URL: "https://bücher.example" }, "xn--bcher-kva.example"],
    [{ PUBLIC_URL: "http://192.0.2.7:8787" }, "[192.0.2.7]"],
    [{ PUBLIC_URL: "http://[2001:db8::7]:8787" }, "[IPv6:2001:db8::7]"],
    [{ PUBLIC_URL: "http://my_queues.example" }, "[127.0.0.1]"],
    [{ PUBLIC_URL: "https://queues.example.org", SMTP_EHLO_NAME: "out.example.org" }, "out.example.org"],
    [{ SMTP_EHLO_NAME: "[192.0.2.7]" }, "[192.0.2.7]"],
    [{ SMTP_EHLO_NAME: "[IPv6:2001:db8::7]" }, "[IPv6:2001:db8::7]"],
  ])("%j", (settings, name) => {
    expect(nameOf(settings)).toBe(name);
  });

  test.each([
    "a b",
    "a\r\nMAIL FROM:<a@b>",
    "-a",
    "a..b",
    "[a]",
    "[1.2.3]",
    "192.0.2.7]",
    "192.0.2.7",
    "x".repeat(64),
    "ä.example",
  ])("is not %j", (name) => {
    expect(() => nameOf({ SMTP_EHLO_NAME: name })).toThrow(/^SMTP_EHLO_NAME is /);
  });
});

/** A server with scripted replies. `breaksAfter`: the number of received lines after which its socket fails. */
class Script {
  readonly heard: string[] = [];
  readonly socket: Socket;

  constructor(replies: readonly string[], { breaksAfter = Infinity }: { readonly breaksAfter?: number } = {}) {
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
        if (this.heard.length >= breaksAfter) throw new Error("broken pipe");
      },
    });
    const never = new Promise<never>(() => undefined);
    const socket = { readable: sent.readable, writable, opened: never, closed: never, close: async () => undefined };
    this.socket = socket as unknown as Socket;
    say();
  }
}
