/** Mails as real mail servers receive them, and the results of attempts that a server refuses. */
import { connect } from "cloudflare:sockets";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { invalid, toResult, type AttemptResult } from "../../src/delivery/courier.ts";
import { OPEN_MS, UNANSWERED_MAX } from "../../src/delivery/circuit-breaker.ts";
import { MailCourier, sendMail, toMail, type MailTransport } from "../../src/delivery/mail.ts";
import type { Target } from "../../src/domain/delivery.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { parseSubscriber, type Mailbox } from "../../src/domain/subscriber.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { MAIL_ACCOUNT, mailServers, mailsTo } from "../support/fakes/mail-servers.ts";

const NOW = toEpochMs(Date.UTC(2026, 10, 5));
const REQUEST = { id: "5d1e_7f3a", hops: 0, document: '{"ttl": 300, "body": "a"}' };
const LOGIN = `${encodeURIComponent(MAIL_ACCOUNT.username)}:${encodeURIComponent(MAIL_ACCOUNT.password)}@`;

function smtp(url: string): MailTransport {
  return { kind: "smtp", url, name: "sukkal.example", dial: connect };
}

/** A courier that uses the server at the port, without a login. */
function by(port: number): MailTransport {
  return smtp(`smtp://127.0.0.1:${port}`);
}

function freshAddress(name = "ops"): string {
  return `${name}-${crypto.randomUUID()}@example.org`;
}

interface Sending {
  readonly to: string;
  readonly text?: string;
  readonly options?: object;
  readonly from?: string;
  readonly timeout?: number;
}

function send(way: MailTransport, { to, text, options = {}, from = "queues@example.test", timeout }: Sending) {
  const mail = toMail(
    { ...REQUEST, document: text ?? REQUEST.document },
    { mailbox: mailbox(to), options: JSON.stringify(options) as JsonText, from },
  );
  if (mail === null) throw new Error("That is no mail.");
  return sendMail(mail, way, { now: NOW, ...(timeout === undefined ? {} : { timeout }) });
}

function mailbox(to: string): Mailbox {
  const subscriber = parseSubscriber(`mailto:${to}`);
  if (subscriber?.kind !== "mailto") throw new Error(`${to} is no mailbox.`);
  return subscriber.mailbox;
}

const DELIVERED: AttemptResult = { outcome: "delivered", reason: null, status: 250, retryAfter: null, isFinal: true };

describe("a mail arrives", () => {
  test("with sender, receiver, subject and the document as its text", async () => {
    const to = freshAddress();
    const options = { from: '"Wärter" <guard@example.test>', subject: "Neue Nachricht für Sie" };
    expect(await send(by(mailServers().plain), { to, options })).toEqual(DELIVERED);
    const [mail] = await mailsTo(to);
    expect(mail).toMatchObject({ from: "guard@example.test", to: [to], isSecure: false });
    expect(await PostalMime.parse(mail?.text ?? "")).toMatchObject({
      from: { address: "guard@example.test", name: "Wärter" },
      to: [{ address: to }],
      subject: "Neue Nachricht für Sie",
      messageId: "<5d1e_7f3a@example.test>",
      text: `${REQUEST.document}\n`,
    });
  });

  test.each([
    ["one dot", "."],
    ["dots in front", "..\n.a\n. b\n...\nc"],
    ["the end of a mail", "a\r\n.\r\nMAIL FROM:<b@example.org>\r\nb"],
    ["every kind of line end", "a\rb\nc\r\nd\n\n"],
    ["256 KiB in one line", "x".repeat(262_144)],
    ["64 KiB in short lines", ".\n".repeat(32_768)],
    ["letters of all kinds", "Grüße 🐢 \u2028 \u0000"],
    ["nothing", ""],
  ])("with %s in its text", async (_, text) => {
    const to = freshAddress();
    expect(await send(by(mailServers().plain), { to, text })).toEqual(DELIVERED);
    const mails = await mailsTo(to);
    expect(mails).toHaveLength(1);
    const parsed = await PostalMime.parse(mails[0]?.text ?? "");
    expect((parsed.text ?? "").replaceAll("\r\n", "\n").trimEnd()).toBe(text.replace(/\r\n|\r/g, "\n").trimEnd());
  });

  test.skipIf(!mailServers().isTrusted).each([
    ["STARTTLS", "smtp", "startTls"],
    ["TLS from the start", "smtps", "tls"],
  ] as const)("over %s, and with a login", async (_, scheme, server) => {
    const to = freshAddress();
    const way = smtp(`${scheme}://${LOGIN}localhost:${mailServers()[server]}`);
    expect(await send(way, { to })).toEqual(DELIVERED);
    expect(await mailsTo(to)).toMatchObject([{ isSecure: true }]);
  });

  test.each([
    ["any method", "plainLogin"],
    ["LOGIN only", "login"],
  ] as const)("with a login by %s, on this machine", async (_, server) => {
    const to = freshAddress();
    expect(await send(smtp(`smtp://${LOGIN}127.0.0.1:${mailServers()[server]}`), { to })).toEqual(DELIVERED);
  });
});

describe("the envelope and the subject", () => {
  const of = (options: object, from: string | null = "queues@example.test", to = "ops@example.org") =>
    toMail(REQUEST, { mailbox: mailbox(to), options: JSON.stringify(options) as JsonText, from });

  test.each([
    ["the subscription's", { from: "own@example.test" }, "own@example.test"],
    ["the service's", {}, "queues@example.test"],
    ["the service's, for an empty one", { from: "" }, "queues@example.test"],
    ["the service's, for one that is no text", { from: 7 }, "queues@example.test"],
  ])("the sender is %s", (_, options, address) => {
    expect(of(options)?.from.address).toBe(address);
  });

  test.each([
    ["the mailbox's", "ops@example.org?subject=A+b", { subject: "c" }, "A b"],
    ["the subscription's", "ops@example.org", { subject: "c" }, "c"],
    ["nothing", "ops@example.org", {}, ""],
    ["nothing, for one that is no text", "ops@example.org", { subject: ["c"] }, ""],
    ["one line", "ops@example.org", { subject: "a\r\nBcc: b@example.org\u2028c" }, "a Bcc: b@example.org c"],
  ])("the subject is %s: %s", (_, to, options, subject) => {
    expect(of(options, "queues@example.test", to)?.subject).toBe(subject);
  });

  test.each([
    ["no sender", {}, null, "ops@example.org"],
    ["a sender that is no address", { from: "somebody" }, "queues@example.test", "ops@example.org"],
    ["a sender with a second header", { from: "a@example.org\r\nBcc: b@example.org" }, null, "ops@example.org"],
    ["a sender with a second command", { from: "a@example.org>\r\nRCPT TO:<b@example.org" }, null, "ops@example.org"],
    ["two senders", { from: "a@example.org, b@example.org" }, null, "ops@example.org"],
    ["no receiver", {}, "queues@example.test", ""],
    ["two receivers", {}, "queues@example.test", "a@example.org,b@example.org"],
    ["a receiver with a second header", {}, "queues@example.test", "a@example.org%0D%0ABcc:b@example.org"],
  ])("with %s no mail is sent", async (_, options, from, to) => {
    expect(of(options, from, to)).toBeNull();
    const courier = new MailCourier({ transport: by(mailServers().plain), from, now: () => NOW });
    const target = {
      subscriber: `mailto:${to}`,
      options: JSON.stringify(options) as JsonText,
      queuePolicy: null,
      secrets: [],
      agreed: true,
    };
    expect(await courier.send(target, REQUEST, NOW)).toEqual(
      invalid(to === "ops@example.org" ? "sender" : "subscriber"),
    );
  });

  test("a sender's name cannot end its header", async () => {
    const to = freshAddress();
    await send(by(mailServers().plain), { to, options: { from: '"a\r\nBcc: b@example.org" <c@example.test>' } });
    const [mail] = await mailsTo(to);
    expect((await PostalMime.parse(mail?.text ?? "")).bcc).toBeUndefined();
  });
});

describe("a mail that is not accepted", () => {
  test.each([
    ["rcpt", 550, true],
    ["rcpt", 450, false],
    ["rcpt", 530, false],
    ["data", 552, true],
    ["data", 451, false],
  ])("at %s with %i", async (step, status, isFinal) => {
    const to = freshAddress(`${step}-${status}`);
    expect(await send(by(mailServers().plain), { to })).toEqual({
      outcome: "refused",
      reason: null,
      status,
      retryAfter: null,
      isFinal,
    });
    expect(await mailsTo(to)).toEqual([]);
  });

  test.each([
    [550, true],
    [451, false],
  ])("because of its sender, with %i", async (status, isFinal) => {
    const sent = send(by(mailServers().plain), { to: freshAddress(), from: `mail-${status}-x@example.test` });
    expect(await sent).toEqual({ outcome: "refused", reason: null, status, retryAfter: null, isFinal });
  });

  test.each([
    ["plainLogin", "smtp://sukkal:wrong@127.0.0.1", 535],
    ["login", "smtp://sukkal:wrong@127.0.0.1", 535],
    ["plainLogin", "smtp://127.0.0.1", 530],
    ["full", "smtp://127.0.0.1", 554],
  ] as const)("because the server of kind %s does not serve the service: %#", async (server, url, status) => {
    const sent = send(smtp(`${url}:${mailServers()[server]}`), { to: freshAddress() });
    // The operator can correct that, so the delivery is retried.
    expect(await sent).toEqual({ outcome: "refused", reason: null, status, retryAfter: null, isFinal: false });
  });

  test("because no mail transport is configured", async () => {
    const result = await send({ kind: "none" }, { to: freshAddress() });
    expect(result).toEqual(invalid("no-mail-server"));
  });
});

describe("a server that does not speak SMTP", () => {
  test.each(["closing", "babbling", "endless", "intruding"] as const)("because it is %s", async (server) => {
    const result = await send(by(mailServers()[server]), { to: freshAddress() });
    expect(result).toEqual(toResult("unreachable", "mail-server"));
  });

  test.each([
    ["that is not there", "smtp://127.0.0.1:1"],
    ["without TLS", "smtps://127.0.0.1:PLAIN"],
    ["whose certificate nobody vouches for", `smtp://${LOGIN}127.0.0.1:UNTRUSTED`],
  ])("%s", async (_, url) => {
    const { plain, untrusted } = mailServers();
    const way = smtp(url.replace("PLAIN", String(plain)).replace("UNTRUSTED", String(untrusted)));
    const result = await send(way, { to: freshAddress() });
    expect(result).toEqual(toResult("unreachable", "mail-server"));
  });

  test("because it says nothing", async () => {
    const result = await send(by(mailServers().silent), { to: freshAddress(), timeout: 50 });
    expect(result).toEqual(toResult("timeout"));
  });
});

test("a mail server that does not answer gets no mail for a while, whoever the receiver is", async () => {
  const courier = new MailCourier({
    transport: smtp("smtp://127.0.0.1:1"),
    from: "queues@example.test",
    now: () => NOW,
  });
  const target: Target = {
    subscriber: "mailto:ops@example.org",
    options: "{}" as JsonText,
    queuePolicy: null,
    secrets: [],
    agreed: true,
  };
  const attempt = () => courier.send(target, REQUEST, NOW);
  for (let silence = 0; silence < UNANSWERED_MAX; silence++)
    expect(await attempt()).toEqual(toResult("unreachable", "mail-server"));
  expect(await attempt()).toEqual({ ...toResult("skipped", "silent-host"), retryAfter: OPEN_MS / 1000 });
});

describe("Cloudflare's binding", () => {
  test("gets the mail as SMTP would", async () => {
    const posted: unknown[] = [];
    const way: MailTransport = { kind: "binding", post: async (envelope) => posted.push(envelope) };
    expect(await send(way, { to: "ops@example.org" })).toEqual(toResult("delivered", null, true));
    expect(posted).toEqual([
      {
        from: "queues@example.test",
        to: "ops@example.org",
        mail: expect.stringMatching(/\r\nTo: <ops@example.org>\r\n/),
      },
    ]);
  });

  test.each([
    ["E_RECIPIENT_SUPPRESSED", "refused", true],
    ["E_CONTENT_TOO_LARGE", "refused", true],
    ["E_RATE_LIMIT_EXCEEDED", "refused", false],
    ["E_SENDER_NOT_VERIFIED", "refused", false],
    [undefined, "unreachable", false],
  ] as const)("fails with %s", async (code, outcome, isFinal) => {
    const error = Object.assign(new Error("no"), code === undefined ? {} : { code });
    const result = await send({ kind: "binding", post: () => Promise.reject(error) }, { to: "ops@example.org" });
    expect(result).toEqual(toResult(outcome, outcome === "unreachable" ? "mail-server" : null, isFinal));
  });

  test("says nothing", async () => {
    const way: MailTransport = { kind: "binding", post: () => new Promise(() => undefined) };
    const result = await send(way, { to: "ops@example.org", timeout: 50 });
    expect(result).toEqual(toResult("timeout"));
  });
});
