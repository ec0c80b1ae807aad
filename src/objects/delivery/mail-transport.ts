/** Chooses how this deployment sends mail. */
import { connect } from "cloudflare:sockets";
import type { Config } from "../../config/config.ts";
import type { MailTransport } from "../../delivery/mail.ts";
import type { Envelope } from "../../delivery/smtp.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";

/** Cloudflare's binding where there is one, else the operator's mail server, else none. */
export function toMailTransport(
  { MAIL, SMTP }: ObjectBindings,
  config: Pick<Config, "smtpUrl" | "smtpEhloName">,
): MailTransport {
  if (MAIL !== undefined) {
    return { kind: "binding", post: (envelope) => postBy(MAIL, envelope) };
  }
  const { smtpUrl, smtpEhloName: name } = config;
  if (smtpUrl === null) return { kind: "none" };
  const dial = SMTP === undefined ? connect : SMTP.connect.bind(SMTP);
  return { kind: "smtp", url: smtpUrl, name, dial };
}

async function postBy(binding: SendEmail, { from, to, mail }: Envelope): Promise<void> {
  // Imported only here: plain workerd has no such module, and would not start with a static import.
  const { EmailMessage } = await import("cloudflare:email");
  await binding.send(new EmailMessage(from, to, mail));
}
