/** The courier of mailto subscribers: one mail per document, by Cloudflare's binding or the operator's SMTP server. */
import type { Target } from "../domain/delivery.ts";
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import { parseSender, toOneLine } from "../domain/mail-address.ts";
import { parseSubscriber, type Mailbox } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { invalid, skipped, toResult, type AttemptRequest, type AttemptResult, type Courier } from "./courier.ts";
import { HOST_BREAKERS } from "./circuit-breaker.ts";
import { encodeMail, type Mail } from "./mime.ts";
import { within } from "../mechanisms/timeout.ts";
import { parseSmtpUrl, sendBySmtp, type Envelope, type SmtpOutcome } from "./smtp.ts";
import type { Dial } from "./smtp-connection.ts";

/** How the service sends mails. */
export type MailTransport =
  /** Cloudflare's binding. `post` rejects with an error that has a `code`. */
  | { readonly kind: "binding"; readonly post: (envelope: Envelope) => Promise<unknown> }
  /** `name`: the name in the service's EHLO. */
  | { readonly kind: "smtp"; readonly url: string; readonly name: string; readonly dial: Dial }
  | { readonly kind: "none" };

/** The dependencies of the courier. */
export interface MailDeps {
  readonly transport: MailTransport;
  /** The sender of mails whose subscription names none. */
  readonly from: string | null;
  readonly now: () => EpochMs;
}

/** The timeout of an attempt in milliseconds. */
export const MAIL_MS_MAX = 10_000;
/** The mail server's name in the circuit breaker. It contains no project, because all projects share the mail server. */
const MAIL_SERVER = "mail server";

export class MailCourier implements Courier {
  private readonly deps: MailDeps;

  constructor(deps: MailDeps) {
    this.deps = deps;
  }

  async send({ subscriber, options }: Target, request: AttemptRequest, now: EpochMs): Promise<AttemptResult> {
    const parsed = parseSubscriber(subscriber);
    if (parsed?.kind !== "mailto") return invalid("subscriber");
    const { transport, from } = this.deps;
    if (parsed.mailbox.address === null) return invalid("subscriber");
    const mail = toMail(request, { mailbox: parsed.mailbox, options, from });
    if (mail === null) return invalid("sender");
    if (transport.kind !== "smtp") return sendMail(mail, transport, { now });
    const slot = await HOST_BREAKERS.enterSoon(MAIL_SERVER, MAIL_MS_MAX, this.deps.now);
    if (typeof slot === "string") return skipped(slot, MAIL_SERVER, this.deps.now());
    const result = await sendMail(mail, transport, { now });
    HOST_BREAKERS.leave(MAIL_SERVER, slot, result.status !== null, this.deps.now());
    return result;
  }
}

/**
 * The mail with a document for a mailbox; null without a valid recipient or sender. `options`: those of the subscription. `from`:
 * the sender of mails whose subscription names none.
 */
export function toMail(
  { id, document }: AttemptRequest,
  { mailbox, options, from }: { readonly mailbox: Mailbox; readonly options: JsonText; readonly from: string | null },
): Mail | null {
  const members = membersOf(options);
  const option = (name: string): string | null => {
    const value = members.get(name);
    const text = value === undefined ? null : toText(value);
    return text === "" ? null : text;
  };
  const sender = parseSender(option("from") ?? from ?? "");
  if (mailbox.address === null || sender === null) return null;
  const subject = toOneLine(mailbox.subject ?? option("subject") ?? "");
  return { id, from: sender, to: mailbox.address, subject, text: document };
}

/** Attempts to send a mail. Never throws. */
export async function sendMail(
  mail: Mail,
  transport: MailTransport,
  { now, timeout = MAIL_MS_MAX }: { readonly now: EpochMs; readonly timeout?: number },
): Promise<AttemptResult> {
  const envelope = { from: mail.from.address, to: mail.to, mail: encodeMail(mail, now) };
  switch (transport.kind) {
    case "none":
      return invalid("no-mail-server");
    case "binding":
      return await within(timeout, postByBinding(envelope, transport.post), toResult("timeout"));
    case "smtp": {
      const server = parseSmtpUrl(transport.url);
      return server === null
        ? invalid("no-mail-server")
        : smtpResult(await sendBySmtp(envelope, server, { dial: transport.dial, name: transport.name, timeout }));
    }
  }
}

function smtpResult(outcome: SmtpOutcome): AttemptResult {
  switch (outcome.kind) {
    case "accepted":
      return { ...toResult("delivered", null, true), status: outcome.code };
    case "refused":
      return { ...toResult("refused", null, outcome.isFinal), status: outcome.code };
    case "unreachable":
      return toResult("unreachable", "mail-server");
    case "timeout":
      return toResult("timeout");
  }
}

/** Codes of Cloudflare's Email Service that concern the mail itself. After any other code a retry may succeed. */
const FINAL_CODES: ReadonlySet<unknown> = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
]);

/** Never rejects. */
async function postByBinding(
  envelope: Envelope,
  post: (envelope: Envelope) => Promise<unknown>,
): Promise<AttemptResult> {
  try {
    await post(envelope);
    return toResult("delivered", null, true);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (typeof code === "string") return toResult("refused", null, FINAL_CODES.has(code));
    return toResult("unreachable", "mail-server");
  }
}
