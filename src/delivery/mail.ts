/** Mail to a subscriber: one per document, by Cloudflare's binding or the operator's SMTP server (extended contract 1.11). */
import type { AttemptOutcome } from "../domain/delivery.ts";
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import { parseSender, toOneLine } from "../domain/mail-address.ts";
import type { Mailbox } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { encodeMail, type Mail } from "./mime.ts";
import { within } from "./patience.ts";
import { parseSmtpUrl, sendBySmtp, type Envelope, type SmtpOutcome } from "./smtp.ts";
import type { Dial } from "./smtp-connection.ts";

/** By which way mails leave the service. */
export type MailWay =
  /** Cloudflare's binding; rejects with an error that has a `code`. */
  | { readonly kind: "binding"; readonly post: (envelope: Envelope) => Promise<unknown> }
  | { readonly kind: "smtp"; readonly url: string; readonly dial: Dial }
  | { readonly kind: "none" };

/** What became of an attempt. */
export interface MailResult {
  readonly outcome: AttemptOutcome;
  /** The code of the SMTP server's last reply; null when there was none. */
  readonly status: number | null;
  /** Another attempt would not end otherwise. */
  readonly isFinal: boolean;
}

/** Milliseconds of an attempt. */
export const MAIL_MS_MAX = 10_000;

export interface Document {
  /** The same in every attempt. */
  readonly id: string;
  readonly text: string;
}

/**
 * The mail that brings a document to a mailbox; null when there is nobody that it could be to, or from. `options`: of the
 * subscription. `from`: the sender of mails whose subscription names none.
 */
export function toMail(
  { id, text }: Document,
  { mailbox, options, from }: { readonly mailbox: Mailbox; readonly options: JsonText; readonly from: string | null },
): Mail | null {
  const members = membersOf(options);
  const option = (name: string): string | null => {
    const value = members.get(name);
    const given = value === undefined ? null : toText(value);
    return given === "" ? null : given;
  };
  const sender = parseSender(option("from") ?? from ?? "");
  if (mailbox.address === null || sender === null) return null;
  const subject = toOneLine(mailbox.subject ?? option("subject") ?? "");
  return { id, from: sender, to: mailbox.address, subject, text };
}

/** Attempts to send a mail. Never throws. */
export async function sendMail(
  mail: Mail | null,
  way: MailWay,
  { now, patience = MAIL_MS_MAX }: { readonly now: EpochMs; readonly patience?: number },
): Promise<MailResult> {
  if (mail === null) return INVALID;
  const envelope = { from: mail.from.address, to: mail.to, mail: encodeMail(mail, now) };
  switch (way.kind) {
    case "none":
      return INVALID;
    case "binding":
      return await within(patience, postByBinding(envelope, way.post), {
        ...INVALID,
        outcome: "timeout",
        isFinal: false,
      });
    case "smtp": {
      const server = parseSmtpUrl(way.url);
      return server === null ? INVALID : toResult(await sendBySmtp(envelope, server, { dial: way.dial, patience }));
    }
  }
}

const INVALID: MailResult = { outcome: "invalid", status: null, isFinal: true };

function toResult(outcome: SmtpOutcome): MailResult {
  switch (outcome.kind) {
    case "accepted":
      return { outcome: "delivered", status: outcome.code, isFinal: true };
    case "refused":
      return { outcome: "refused", status: outcome.code, isFinal: outcome.isFinal };
    case "unreachable":
    case "timeout":
      return { outcome: outcome.kind, status: null, isFinal: false };
  }
}

/** Codes of Cloudflare's Email Service that are about the mail itself. All others may be another thing the next time. */
const FINAL_CODES: ReadonlySet<unknown> = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
]);

/** Never rejects. */
async function postByBinding(envelope: Envelope, post: (envelope: Envelope) => Promise<unknown>): Promise<MailResult> {
  try {
    await post(envelope);
    return { outcome: "delivered", status: null, isFinal: true };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const outcome = typeof code === "string" ? "refused" : "unreachable";
    return { outcome, status: null, isFinal: FINAL_CODES.has(code) };
  }
}
