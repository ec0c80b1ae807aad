/** Whether the service can be reached: its name, its certificate, its own report. */
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP } from "node:net";
import { connect, type PeerCertificate } from "node:tls";
import { number } from "../terminal/units.ts";
import { isLoopback } from "../connection/loopback.ts";
import { ask, failed, ok, warning, type Finding, type Findings, type Patient } from "./patient.ts";

const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS_MIN = 14;
const TLS_TIMEOUT_MS = 10_000;

export async function* checkNetwork(patient: Patient): Findings {
  const { protocol, hostname, port } = new URL(patient.connection.url);
  const host = hostname.replaceAll(/[[\]]/g, "");
  if (isIP(host) === 0) yield await resolved(host);
  if (protocol === "https:") yield await encrypted({ host, port: Number(port === "" ? 443 : port) }, patient.signal);
  else if (!isLoopback(patient.connection.url))
    yield warning("encryption", "Keys and messages are sent without encryption.", "Use https: a proxy with TLS.");
  yield await answering(patient);
}

async function resolved(host: string): Promise<Finding> {
  try {
    const addresses = await lookup(host, { all: true });
    return ok("name", `${host} is ${addresses.map(({ address }) => address).join(", ")}`);
  } catch (error) {
    const advice = "Check the address of the service, and the name servers of this machine.";
    return failed("name", `${host} cannot be resolved (${codeOf(error)}).`, advice);
  }
}

interface Peer {
  readonly host: string;
  readonly port: number;
}

async function encrypted({ host, port }: Peer, signal: AbortSignal): Promise<Finding> {
  const servername = isIP(host) === 0 ? host : "";
  const socket = connect({ host, port, servername, timeout: TLS_TIMEOUT_MS });
  socket.once("timeout", () => socket.destroy(new Error("no answer in time")));
  try {
    await once(socket, "secureConnect", { signal });
    return ofCertificate(socket.getPeerCertificate(), socket.getProtocol());
  } catch (error) {
    signal.throwIfAborted();
    const advice = "If its authority is your own, set NODE_EXTRA_CA_CERTS to the file with its certificate.";
    return failed("encryption", `No encrypted connection to ${host}:${port} (${codeOf(error)}).`, advice);
  } finally {
    socket.destroy();
  }
}

function ofCertificate({ valid_to: until }: PeerCertificate, protocol: string | null): Finding {
  const days = Math.floor((Date.parse(until) - Date.now()) / DAY_MS);
  const text = `${protocol ?? "TLS"}, certificate for ${number(days)} more days`;
  return days < CERTIFICATE_DAYS_MIN ? warning("encryption", text, "Renew the certificate.") : ok("encryption", text);
}

/** `/healthz`, which load balancers ask too. */
async function answering(patient: Patient): Promise<Finding> {
  const began = performance.now();
  try {
    const response = await ask(patient, "/healthz");
    const text = await response.text();
    const took = `${number(Math.round(performance.now() - began))} ms`;
    if (response.status === 200) return ok("health", `answers in ${took}`);
    if (response.status === 503) return failed("health", defectsOf(text), "Look at the log of the service.");
    if (response.status >= 300 && response.status < 400) {
      const target = response.headers.get("Location") ?? "another address";
      return failed("health", `It redirects to ${target}.`, "Name that service: redirects are not followed.");
    }
    return warning("health", `/healthz answers ${response.status}.`, "Check that the address is that of Sukkal.");
  } catch (error) {
    patient.signal.throwIfAborted();
    return failed("health", `${patient.connection.url} does not answer (${codeOf(error)}).`, adviceFor(patient));
  }
}

function adviceFor({ env, connection }: Patient): string {
  const name = connection.url.startsWith("https:") ? "HTTPS_PROXY" : "HTTP_PROXY";
  const isIgnored = (env[name] ?? env[name.toLowerCase()] ?? "") !== "" && env["NODE_USE_ENV_PROXY"] !== "1";
  if (isIgnored) return `Node uses ${name} only with NODE_USE_ENV_PROXY=1, from 22.21 and 24 on.`;
  return "Check that the service runs, and that no firewall is in between.";
}

/** The sentences of a report that is not good. */
function defectsOf(text: string): string {
  try {
    const { checks = {} } = JSON.parse(text) as { readonly checks?: Readonly<Record<string, unknown>> };
    const defects = Object.values(checks).filter((check) => check !== "ok");
    if (defects.length > 0) return defects.map(String).join(" ");
  } catch {
    // A proxy answers.
  }
  return "It answers 503.";
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return codeOf(cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
