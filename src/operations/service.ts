/** What the service is, and who asks. Ours. */
import { isAllowed, type Principal } from "../auth/policy.ts";
import { clientLimits } from "../config/client-limits.ts";
import type { Config } from "../config/config.ts";
import { VERSION } from "../config/version.ts";
import { RULE_NAMES } from "../domain/policy.ts";
import type { CallerView, ServiceView } from "../domain/service-view.ts";
import type { ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";
import { quotasOf } from "./quotas.ts";

/** What a client that works with other services of the API too can test for. docs/COMPATIBILITY.md describes each. */
export const EXTENSIONS: Readonly<Record<string, (config: Config) => boolean>> = {
  "api-keys": ({ authStrategy }) => authStrategy.includes("keys"),
  "claim-settle": always,
  "claim-wait": ({ limits }) => limits.maxClaimWait > 0,
  "delivery-lists": always,
  "delivery-reports": always,
  details: always,
  documents: ({ docs }) => docs,
  "error-codes": always,
  figures: ({ meter }) => meter,
  "idempotency-keys": always,
  notices: always,
  pause: always,
  "queue-events": always,
  quotas: always,
  redrive: always,
  service: always,
  "signing-generations": always,
  "subscription-tests": always,
  traceparent: always,
};

export const getService: Operation<ServiceContext, void, ServiceView> = {
  name: "service_get",
  policy: "service:get",
  whatFailed: "The service could not be described.",
  isIdempotent: always,
  async run(context) {
    const { config, principal, clock } = context;
    return {
      version: VERSION,
      extensions: Object.keys(EXTENSIONS).filter((name) => EXTENSIONS[name]?.(config) === true),
      limits: clientLimits(config),
      quotas: principal.project === null ? null : await quotasOf(context.forProject(null)),
      caller: toCallerView(principal, config),
      time: clock(),
    };
  },
};

function toCallerView(principal: Principal, { policyRules }: Config): CallerView {
  const { project, user, roles, queuePrefix, proof, expiresAt } = principal;
  const rules = RULE_NAMES.filter((rule) => isAllowed(principal, rule, policyRules));
  // The operator's own key has a name in place of an id, and belongs to no project.
  const key = proof === "key" && project !== null ? user : null;
  return {
    project,
    user: key === null ? user : null,
    roles,
    rules,
    queuePrefix,
    proof,
    expiresAt: expiresAt ?? null,
    key,
  };
}
