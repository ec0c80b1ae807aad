/**
 * Starts the mail servers, once per run and in vitest's own process, because workerd cannot listen: real ones, and ones that
 * misbehave. Tests ask for the mails by HTTP.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { TestProject } from "vitest/node";
import { MAIL_ACCOUNT, type MailServers, type ReceivedMail } from "./mail-servers.ts";

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const certificates = makeCertificates();
  const mails: ReceivedMail[] = [];
  const real = (options: SMTPServerOptions): Promise<Server> => listenMail({ ...behaviour(mails), ...options });
  const tls = certificates === null ? {} : { key: certificates.key, cert: certificates.certificate };
  const servers = {
    plain: await real({ hideSTARTTLS: true, authOptional: true, disabledCommands: ["AUTH", "STARTTLS"] }),
    plainLogin: await real({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true }),
    login: await real({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true, authMethods: ["LOGIN"] }),
    startTls: await real({ ...tls }),
    tls: await real({ ...tls, secure: true }),
    untrusted: await real({ logger: false }),
    silent: await listen(() => undefined),
    closing: await listen((socket) => socket.end()),
    babbling: await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    endless: await listen(babble),
    full: await listen((socket) => socket.end("554 5.3.2 No service here\r\n")),
    intruding: await listen(intrude),
    inbox: await listenHttp(mails),
  } satisfies Record<keyof Omit<MailServers, "isTrusted">, Server>;
  const ports = Object.entries(servers).map(([name, server]) => [name, (server.address() as AddressInfo).port]);
  project.provide("mailServers", { ...Object.fromEntries(ports), isTrusted: certificates !== null } as MailServers);
  return async () => {
    for (const server of Object.values(servers)) server.close();
  };
}

/** The name of a recipient determines the reply, such as `reply-550-…`. */
function behaviour(mails: ReceivedMail[]): SMTPServerOptions {
  const replyOf = (address: string, step: string): Error | null => {
    const code = new RegExp(`^${step}-(\\d{3})-`).exec(address)?.[1];
    return code === undefined ? null : Object.assign(new Error("as you wish"), { responseCode: Number(code) });
  };
  return {
    logger: false,
    onAuth({ username, password }, _session, callback) {
      const isKnown = username === MAIL_ACCOUNT.username && password === MAIL_ACCOUNT.password;
      callback(isKnown ? null : new Error("unknown"), { user: "known" });
    },
    onMailFrom: ({ address }, _session, callback) => callback(replyOf(address, "mail")),
    onRcptTo: ({ address }, _session, callback) => callback(replyOf(address, "rcpt")),
    onData(stream, session, callback) {
      let text = "";
      stream.on("data", (chunk: unknown) => (text += String(chunk)));
      stream.on("end", () => {
        const [recipient] = session.envelope.rcptTo;
        const from = session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address;
        const refusal = replyOf(recipient?.address ?? "", "data");
        const to = session.envelope.rcptTo.map(({ address }) => address);
        if (refusal === null) mails.push({ from, to, isSecure: session.secure, text });
        callback(refusal);
      });
    },
  };
}

async function listenMail(options: SMTPServerOptions): Promise<Server> {
  const server = new SMTPServer(options);
  // Some tests are about clients that disconnect.
  server.on("error", () => undefined);
  return await ready(server.listen(0, "127.0.0.1"));
}

async function listen(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume();
    serve(socket);
  });
  return await ready(server.listen(0, "127.0.0.1"));
}

/** `GET /?to=address`: the mails to that address. */
async function listenHttp(mails: readonly ReceivedMail[]): Promise<Server> {
  const server = createHttpServer((request, response) => {
    const to = new URL(request.url ?? "/", "http://inbox").searchParams.get("to") ?? "";
    response.end(JSON.stringify(mails.filter((mail) => mail.to.includes(to))));
  });
  return await ready(server.listen(0, "127.0.0.1"));
}

function ready(server: Server): Promise<Server> {
  server.unref();
  return new Promise((resolve) => server.once("listening", () => resolve(server)));
}

/** An endless reply: each line announces another. */
function babble(socket: Socket): void {
  const more = (): void => {
    while (socket.writable && socket.write("220-and so on\r\n".repeat(1000)));
  };
  socket.on("drain", more);
  more();
}

/** As an attacker on the network who injects a reply before TLS begins. */
function intrude(socket: Socket): void {
  socket.write("220 here\r\n");
  socket.on("data", (data) => {
    const isStart = String(data).startsWith("STARTTLS");
    socket.write(isStart ? "220 begin\r\n250 AUTH PLAIN\r\n" : "250-here\r\n250 STARTTLS\r\n");
  });
}

interface Certificates {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate for this machine, of an authority that the runtime trusts; null: there is no openssl. */
function makeCertificates(): Certificates | null {
  const folder = mkdtempSync(join(tmpdir(), "sukkal-mail-"));
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    openssl("req", "-x509", ...keys, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Authority");
    openssl("req", ...keys, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost", ...NAMES);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy"];
    openssl("x509", "-req", "-in", "request.pem", ...signed, "-out", "certificate.pem");
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    process.env["SSL_CERT_FILE"] = join(folder, "ca.pem");
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return { key: read("key.pem"), certificate: read("certificate.pem") };
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
}

const NAMES = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
