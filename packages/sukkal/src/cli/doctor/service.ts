/** What the service says about itself and the caller. */
import { SukkalError } from "../../error.ts";
import type { ServiceView } from "../../service-view.ts";
import { duration, instant } from "../terminal/units.ts";
import { VERSION } from "../version.ts";
import { isLoopback } from "../connection/loopback.ts";
import { failed, ok, warning, type Finding, type Findings, type Patient } from "./patient.ts";

const CLOCK_WARNING_S = 10;
/** Receivers of webhooks refuse signatures of another time. */
const CLOCK_FAILED_S = 300;
const EXPIRY_WARNING_MS = 7 * 86_400_000;

/** The description of the service; or the finding that there is none. */
export async function describeService({ client, connection, signal }: Patient): Promise<Described | Finding> {
  const asked = Date.now();
  try {
    const service = await client.service({ signal });
    if (!isDescription(service))
      return failed(
        "service",
        "Its description is that of another server.",
        "Check that the address is that of Sukkal.",
      );
    return { service, askedAt: (asked + Date.now()) / 2 };
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    const { credential } = connection;
    const named =
      credential.kind === "none" ? "There is no credential" : `The ${credential.kind} of ${credential.source}`;
    if (error.status === 401)
      return failed(
        "credential",
        `${named}: the service refuses it.`,
        "Add a context with a valid key, or set SUKKAL_KEY.",
      );
    if (error.status === 403)
      return failed("credential", `${named} may not ask what the service is.`, "It needs a role of its project.");
    if (error.status === 404)
      return failed("service", "It does not describe itself.", "Check that the address is that of Sukkal.");
    return failed("service", error.message, "Look at the log of the service.");
  }
}

/** Whether the members that are read are there. The type says what Sukkal answers; another server may be at the address. */
function isDescription(view: Partial<ServiceView> | null | undefined): boolean {
  const { version, time, caller, limits } = view ?? {};
  const isTold = typeof version === "string" && typeof time === "string";
  return isTold && Array.isArray(caller?.roles) && typeof limits === "object";
}

export interface Described {
  readonly service: ServiceView;
  /** The time of this machine at which the description was made, about. */
  readonly askedAt: number;
}

export async function* checkService({ service, askedAt }: Described, { connection }: Patient): Findings {
  yield ofVersion(service.version);
  yield ofClock((Date.parse(service.time) - askedAt) / 1000);
  yield ofCaller(service, connection);
  const { expires_at: expiry, proof } = service.caller;
  // Each command gets a new token, which never lives for long.
  if (expiry !== null && proof !== "keystone" && Date.parse(expiry) - Date.now() < EXPIRY_WARNING_MS)
    yield warning(
      "expiry",
      `The credential expires at ${instant(new Date(expiry))}.`,
      "Create another one: sukkal key create",
    );
}

function ofVersion(version: string): Finding {
  const [own, other] = [VERSION, version].map((text) => text.split(".").slice(0, 2).join("."));
  if (own === other) return ok("version", version);
  const text = `The service is ${version}, this command line ${VERSION}.`;
  return warning("version", text, "Use the command line of the service's version if something does not work.");
}

function ofClock(seconds: number): Finding {
  const off = Math.abs(seconds);
  if (off < CLOCK_WARNING_S) return ok("clock", "agrees with that of this machine");
  const text = `The service's clock is ${duration(off)} ${seconds > 0 ? "ahead of" : "behind"} that of this machine.`;
  const advice = "Synchronise both: signed URLs, signatures of webhooks and expiries are times.";
  return off < CLOCK_FAILED_S ? warning("clock", text, advice) : failed("clock", text, advice);
}

function ofCaller({ caller }: ServiceView, { url, credential }: Patient["connection"]): Finding {
  const { project, roles, queue_prefix: prefix, proof } = caller;
  const rights = [
    project === null ? "no project" : `project ${project}`,
    roles.length === 0 ? "no roles" : `roles ${roles.join(",")}`,
    ...(prefix === "" ? [] : [`queues ${prefix}*`]),
  ].join(", ");
  if (proof === "headers" && !isLoopback(url))
    return warning(
      "credential",
      `None is needed: whoever reaches the service may do anything.`,
      "Set AUTH_STRATEGY=keys.",
    );
  if (credential.kind === "none") return ok("credential", `none is needed; ${rights}`);
  return ok("credential", `${credential.kind} of ${credential.source}: ${rights}`);
}
