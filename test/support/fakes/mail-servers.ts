/** The mail servers for tests: their ports, the login, and the mails that have arrived. */
import { inject } from "vitest";

/** Their ports. */
export interface MailServers {
  /** Accepts every mail, without TLS and logins. */
  readonly plain: number;
  /** Require a login, by any method or only by LOGIN, without TLS. */
  readonly plainLogin: number;
  readonly login: number;
  /** Requires a login after STARTTLS. */
  readonly startTls: number;
  /** Requires TLS from the start, and a login. */
  readonly tls: number;
  /** As `startTls`, with a self-signed certificate. */
  readonly untrusted: number;
  /** Accepts connections and never replies. */
  readonly silent: number;
  /** Closes every connection. */
  readonly closing: number;
  /** Speaks another protocol. */
  readonly babbling: number;
  /** Its first reply is endless. */
  readonly endless: number;
  /** Refuses service. */
  readonly full: number;
  /** Injects a reply before TLS begins. */
  readonly intruding: number;
  /** The received mails, by HTTP. */
  readonly inbox: number;
  /** Whether the certificate of `tls` and `startTls` is trusted. Creating one requires openssl. */
  readonly isTrusted: boolean;
}

declare module "vitest" {
  interface ProvidedContext {
    mailServers: MailServers;
  }
}

export const MAIL_ACCOUNT = { username: "sukkal@example.test", password: "p@ss/wörd: 1" } as const;

export interface ReceivedMail {
  /** The sender and recipients of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  /** The content, without SMTP's dot-stuffing. */
  readonly text: string;
}

export function mailServers(): MailServers {
  return inject("mailServers");
}

export async function mailsTo(address: string): Promise<readonly ReceivedMail[]> {
  const response = await fetch(`http://127.0.0.1:${mailServers().inbox}/?to=${encodeURIComponent(address)}`);
  return (await response.json()) as readonly ReceivedMail[];
}
