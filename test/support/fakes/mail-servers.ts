/** The mail servers as tests see them: their ports, the login, and the mails that have arrived. */
import { inject } from "vitest";

/** Their ports. */
export interface MailServers {
  /** Takes everything, and knows neither TLS nor logins. */
  readonly plain: number;
  /** Want a login, by any method or by LOGIN only, and know no TLS. */
  readonly plainLogin: number;
  readonly login: number;
  /** Want a login, after STARTTLS. */
  readonly startTls: number;
  /** TLS from the start, and then a login. */
  readonly tls: number;
  /** As `startTls`, with a certificate that nobody vouches for. */
  readonly untrusted: number;
  /** Takes connections and says nothing. */
  readonly silent: number;
  /** Hangs up. */
  readonly closing: number;
  /** Speaks another protocol. */
  readonly babbling: number;
  /** Its first reply does not end. */
  readonly endless: number;
  /** Refuses service. */
  readonly full: number;
  /** Says something of its own before TLS begins. */
  readonly intruding: number;
  /** HTTP: what has been received. */
  readonly inbox: number;
  /** Whether the certificate of `tls` and `startTls` is trusted; making one takes openssl. */
  readonly isTrusted: boolean;
}

declare module "vitest" {
  interface ProvidedContext {
    mailServers: MailServers;
  }
}

export const MAIL_ACCOUNT = { username: "sukkal@example.test", password: "p@ss/wörd: 1" } as const;

export interface ReceivedMail {
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  /** Without what SMTP adds for its own sake. */
  readonly text: string;
}

export function mailServers(): MailServers {
  return inject("mailServers");
}

export async function mailsTo(address: string): Promise<readonly ReceivedMail[]> {
  const response = await fetch(`http://127.0.0.1:${mailServers().inbox}/?to=${encodeURIComponent(address)}`);
  return (await response.json()) as readonly ReceivedMail[];
}
