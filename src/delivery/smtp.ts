/**
 * Hands a mail over to the operator's mail server by SMTP (RFC 5321), with TLS from the start or by STARTTLS (RFC 3207) and
 * with a login (RFC 4954). One connection per mail.
 */
import { toBase64 } from "../domain/base64.ts";
import { within } from "../mechanisms/timeout.ts";
import { SmtpConnection, type Dial, type SmtpReply } from "./smtp-connection.ts";

export interface SmtpServer {
  /** IPv6 addresses in brackets. */
  readonly hostname: string;
  readonly port: number;
  /** TLS from the start; otherwise as soon as the server offers it. */
  readonly isSecure: boolean;
  readonly credentials: Credentials | null;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The ports of mail submission (RFC 6409 and RFC 8314). */
const PORT = { "smtp:": 587, "smtps:": 465 } as const;

/** `smtp://user:password@host:port` or `smtps://…`, user and password with URL escapes; null for any other text. */
export function parseSmtpUrl(text: string): SmtpServer | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "smtp:" && url.protocol !== "smtps:") || url.hostname === "") return null;
  try {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      hostname: url.hostname,
      port: url.port === "" ? PORT[url.protocol] : Number(url.port),
      isSecure: url.protocol === "smtps:",
      credentials: username === "" && password === "" ? null : { username, password },
    };
  } catch {
    return null;
  }
}

export interface Envelope {
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  /** The text of the mail, with lines that end in CRLF. */
  readonly mail: string;
}

/** The server's last reply, or a failure of the connection. */
export type SmtpOutcome =
  | { readonly kind: "accepted"; readonly code: number }
  /** `isFinal`: another attempt with this mail would fail too. `code`: null if the service itself refused. */
  | { readonly kind: "refused"; readonly code: number | null; readonly isFinal: boolean }
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout" };

/** Sends a mail. `name`: the name in the service's EHLO. `timeout`: milliseconds for all steps together. */
export async function sendBySmtp(
  envelope: Envelope,
  server: SmtpServer,
  { dial, name, timeout }: { readonly dial: Dial; readonly name: string; readonly timeout: number },
): Promise<SmtpOutcome> {
  const connection = open(server, dial);
  if (connection === null) return { kind: "unreachable" };
  const session = runSession(connection, { server, name }, envelope).catch((): SmtpOutcome => ({
    kind: "unreachable",
  }));
  const outcome = await within(timeout, session, { kind: "timeout" });
  // Fails all steps that are still under way.
  await connection.close();
  return outcome;
}

function open({ hostname, port, isSecure }: SmtpServer, dial: Dial): SmtpConnection | null {
  try {
    const secureTransport = isSecure ? "on" : "starttls";
    return new SmtpConnection(dial({ hostname, port }, { secureTransport, allowHalfOpen: false }));
  } catch {
    // The platform throws for ports to which it never connects, such as 25 on Cloudflare.
    return null;
  }
}

/** Runs all steps, until the server has accepted the mail or refused a step. */
async function runSession(connection: SmtpConnection, parties: Parties, envelope: Envelope): Promise<SmtpOutcome> {
  const greeting = await connection.reply();
  // A refusal before the mail itself is sent: the mail may be accepted later.
  if (greeting.code !== 220) return refusal(greeting, "of the service");
  const hello = await greet(connection, parties);
  if (hello.code !== 250) return refusal(hello, "of the service");
  const login = await logIn(connection, parties.server, hello);
  if (login !== null) return login;
  return sendEnvelope(connection, envelope);
}

/** The server, and the name by which the service introduces itself. */
interface Parties {
  readonly server: SmtpServer;
  readonly name: string;
}

/** Greets the server by EHLO, over TLS if it offers TLS. Returns the last reply. */
async function greet(
  connection: SmtpConnection,
  { server, name }: Parties,
): Promise<SmtpReply & { readonly isSafe: boolean }> {
  const hello = await connection.ask(`EHLO ${name}`);
  if (isUnknown(hello)) return greetByHelo(connection, { server, name });
  if (hello.code !== 250 || server.isSecure) return { ...hello, isSafe: server.isSecure };
  if (!hasExtension(hello, "STARTTLS")) return { ...hello, isSafe: isLoopback(server.hostname) };
  const agreement = await connection.ask("STARTTLS");
  if (agreement.code !== 220) return { ...agreement, isSafe: false };
  connection.startTls();
  // Extensions offered before TLS are ignored: an attacker may have written them.
  return { ...(await connection.ask(`EHLO ${name}`)), isSafe: true };
}

/** Greets a server without extensions by HELO. It offers none, whatever its reply says (RFC 5321 section 3.2). */
async function greetByHelo(
  connection: SmtpConnection,
  { server, name }: Parties,
): Promise<SmtpReply & { readonly isSafe: boolean }> {
  const { code } = await connection.ask(`HELO ${name}`);
  return { code, lines: [], isSafe: server.isSecure || isLoopback(server.hostname) };
}

/** Codes for a command that a server does not know, or not at this step. */
function isUnknown({ code }: SmtpReply): boolean {
  return code >= 500 && code <= 504;
}

/** Logs in. Null after success, or when there is nothing to log in with. */
async function logIn(
  connection: SmtpConnection,
  { credentials }: SmtpServer,
  hello: SmtpReply & { readonly isSafe: boolean },
): Promise<SmtpOutcome | null> {
  if (credentials === null) return null;
  // No password without TLS, also when an attacker on the network has removed the offer of TLS from the server's reply.
  if (!hello.isSafe) return { kind: "refused", code: null, isFinal: false };
  const username = encode(credentials.username);
  const password = encode(credentials.password);
  const reply = hasExtension(hello, "AUTH", "PLAIN")
    ? await connection.ask(`AUTH PLAIN ${encode(`\0${credentials.username}\0${credentials.password}`)}`)
    : await askInTurn(connection, ["AUTH LOGIN", username, password]);
  return reply.code === 235 ? null : refusal(reply, "of the service");
}

/** Sends lines as long as the server asks for more. Returns the last reply. */
async function askInTurn(
  connection: SmtpConnection,
  [first, ...others]: readonly [string, ...string[]],
): Promise<SmtpReply> {
  let reply = await connection.ask(first);
  for (const line of others) {
    if (reply.code !== 334) break;
    reply = await connection.ask(line);
  }
  return reply;
}

async function sendEnvelope(connection: SmtpConnection, { from, to, mail }: Envelope): Promise<SmtpOutcome> {
  for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`]) {
    const reply = await connection.ask(command);
    if (!isSuccess(reply)) return refusal(reply, "of the mail");
  }
  const invitation = await connection.ask("DATA");
  if (invitation.code !== 354) return refusal(invitation, "of the mail");
  connection.expectNoSurplus();
  // A line of one dot would end the mail (RFC 5321 section 4.5.2).
  const data = `${mail.replace(/^\./gm, "..")}.\r\n`;
  // A server may refuse the mail before it has read all of it: it replies and closes, so that the rest cannot be sent.
  const isSent = await connection.send(data).then(
    () => true,
    () => false,
  );
  const receipt = await connection.reply();
  if (!isSuccess(receipt)) return refusal(receipt, "of the mail");
  if (!isSent) throw new Error("The server has accepted a mail that was not sent to its end.");
  // QUIT is a courtesy and not awaited: the server has accepted the mail.
  await connection.send("QUIT\r\n").catch(() => undefined);
  return { kind: "accepted", code: receipt.code };
}

/** "Authentication required": it concerns the service and not the mail, at whatever step the server sends it. */
const LOGIN_REQUIRED = 530;

function refusal({ code }: SmtpReply, what: "of the service" | "of the mail"): SmtpOutcome {
  return { kind: "refused", code, isFinal: what === "of the mail" && code >= 500 && code !== LOGIN_REQUIRED };
}

function isSuccess({ code }: SmtpReply): boolean {
  return code >= 200 && code < 300;
}

/** Whether the server offers an extension, with that parameter (RFC 5321 section 4.1.1.1). */
function hasExtension({ lines }: SmtpReply, keyword: string, parameter?: string): boolean {
  return lines.slice(1).some((line) => {
    // Servers from before RFC 2554 write `AUTH=`.
    const [name, ...parameters] = line
      .toUpperCase()
      .replace(/^AUTH=/, "AUTH ")
      .split(" ");
    return name === keyword && (parameter === undefined || parameters.includes(parameter));
  });
}

/** Whether the server is on this machine, so that no network is crossed. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

function encode(text: string): string {
  return toBase64(new TextEncoder().encode(text));
}
