/** `sukkal whoami`: which service commands talk to, and who they are to it. */
import { command, type Session } from "../command.ts";
import type { Credential } from "../connection/connection.ts";
import { instantOf } from "../terminal/units.ts";

/** What the service says about how a caller has proven who it is. */
const PROOFS: Readonly<Record<string, string>> = {
  headers: "none: the service trusts X-Project-ID and X-Roles",
  key: "API key",
  keystone: "token of Keystone",
};

export const WHOAMI_COMMAND = command({
  brief: "Show the service, the credential and its rights",
  examples: [
    ["whoami", "of the current context"],
    ["whoami --context shop", "of another one"],
  ],
  async run({ connection, sukkal, output, signal }: Session) {
    const { url, urlSource, context, credential } = await connection();
    const { version, caller } = await (await sukkal()).service({ signal });
    const document = { url, url_source: urlSource, context, credential: toDocument(credential), version, caller };
    await output.record(document, [
      ["service", url],
      ["named by", urlSource],
      ["version", version],
      ["context", context],
      ["credential", credential.kind === "none" ? null : `${credential.kind} of ${credential.source}`],
      ["proof", PROOFS[caller.proof] ?? caller.proof],
      ["project", caller.project],
      ["user", caller.user ?? caller.key],
      ["roles", caller.roles.length === 0 ? null : caller.roles.join(",")],
      ["queues", caller.queue_prefix === "" ? "all" : `${caller.queue_prefix}*`],
      ["expires", caller.expires_at, instantOf(caller.expires_at) ?? "-"],
    ]);
  },
});

function toDocument(credential: Credential): object {
  return credential.kind === "none" ? { kind: "none" } : { kind: credential.kind, source: credential.source };
}
