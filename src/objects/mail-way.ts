/** How mails leave this deployment. */
import { EmailMessage } from "cloudflare:email";
import { connect } from "cloudflare:sockets";
import type { Config } from "../config/config.ts";
import type { MailWay } from "../delivery/mail.ts";
import type { ObjectBindings } from "./stubs.ts";

/** By Cloudflare's binding where there is one, else by the operator's mail server. */
export function toMailWay({ MAIL, SMTP }: ObjectBindings, { smtpUrl }: Pick<Config, "smtpUrl">): MailWay {
  if (MAIL !== undefined) {
    return { kind: "binding", post: ({ from, to, mail }) => MAIL.send(new EmailMessage(from, to, mail)) };
  }
  if (smtpUrl === null) return { kind: "none" };
  const dial = SMTP === undefined ? connect : SMTP.connect.bind(SMTP);
  return { kind: "smtp", url: smtpUrl, dial };
}
