/**
 * The trusted certificate authorities. workerd uses those of the system and does not start without any. Slim images have
 * none, and then it gets those that are built into Node.
 */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/** The locations in Linux distributions that workerd searches. */
const FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/tls/cacert.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/etc/ssl/certs/cacert.pem",
  "/opt/etc/ssl/certs/ca-certificates.crt",
];
const FOLDERS = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/**
 * The environment variables that workerd needs to find authorities; none if the system has some. May write a file to
 * `folder`.
 */
export function findAuthorities(environment: NodeJS.ProcessEnv, folder: string): Readonly<Record<string, string>> {
  const isStated = [environment["SSL_CERT_FILE"], environment["SSL_CERT_DIR"]].some((path) => (path ?? "") !== "");
  if (process.platform !== "linux" || isStated || hasStore()) return {};
  const file = join(folder, "ca-certificates.pem");
  writeFileSync(file, `${rootCertificates.join("\n")}\n`);
  process.stderr.write(
    "No CA certificates are installed, so workerd uses those of Node. To use the system's, install ca-certificates.\n",
  );
  return { SSL_CERT_FILE: file };
}

function hasStore(): boolean {
  const isFile = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  return FILES.some(isFile) || FOLDERS.some((folder) => filesIn(folder).some((name) => /\.(?:pem|crt|\d)$/.test(name)));
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
