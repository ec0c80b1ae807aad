/** The settings of authentication, policy rules and CORS. */
import * as v from "valibot";
import { isRule, type Rule } from "../domain/policy.ts";
import { decoded, flag, list, secret, optionalText, type SettingGroup, type SettingValues } from "./setting.ts";

const AUTH_STRATEGIES = ["none", "keystone", "keys"] as const;

/** `none`: the service trusts the project and roles in each request. For development and trusted networks only. */
export type AuthStrategy = (typeof AUTH_STRATEGIES)[number];

/** Names of headers (RFC 9110, 5.6.2). Other characters would break the header that lists the names. */
const HEADER_NAMES = {
  words: 'names of headers, separated by commas, such as "baggage,X-Other"',
  pattern: /^[\w!#$%&'*+.^`|~-]{1,64}(?:\s*,\s*[\w!#$%&'*+.^`|~-]{1,64})*$/,
};

export const ACCESS_SETTINGS = {
  authStrategy: decoded(
    list({
      form: {
        words: '"keystone", "keys", "keystone,keys" or "none"',
        pattern: /^(?:none|keystone|keys|keystone, ?keys|keys, ?keystone)$/,
      },
      required: true,
    }),
    (names): readonly AuthStrategy[] => names.flatMap((name) => AUTH_STRATEGIES.find((known) => known === name) ?? []),
  ),
  /** The operator's key. It belongs to no project. */
  adminApiKey: secret({
    form: { words: "sk_admin_ and 32 to 200 letters, digits, - or _", pattern: /^sk_admin_[A-Za-z0-9_-]{32,200}$/ },
  }),
  /** Reads the metrics, and nothing else. */
  metricsApiKey: secret({
    form: { words: "sk_metrics_ and 32 to 200 letters, digits, - or _", pattern: /^sk_metrics_[A-Za-z0-9_-]{32,200}$/ },
  }),
  allowUncheckedApiKeys: flag({ default: true }),
  /** The roles, in lower case, that pass a rule instead of its default roles; `*` is everyone. */
  policyRules: decoded(optionalText(), toPolicyRules),
  corsAllowedOrigins: list({
    form: {
      words: 'origins such as "https://horizon.example", separated by commas, or "*"',
      pattern: /^(?:\*|https?:\/\/[^\s/,?#]+(?:\s*,\s*https?:\/\/[^\s/,?#]+)*)$/,
    },
  }),
  /** In addition to those that pages may send anyway. */
  corsAllowHeaders: list({ form: HEADER_NAMES }),
  /** In addition to those that pages may read anyway. */
  corsExposeHeaders: list({ form: HEADER_NAMES }),
} satisfies SettingGroup;

type AccessValues = SettingValues<typeof ACCESS_SETTINGS>;

/**
 * The secrets with which checks of API keys are made; new checks use the first. Without a secret, keys have no check. The
 * operator's key comes last, because there is no setting for its previous value: its change invalidates the checks made with it.
 */
export function toKeyCheckSecrets(
  { authStrategy, adminApiKey, allowUncheckedApiKeys }: AccessValues,
  signedUrlKeys: readonly string[],
): readonly string[] {
  const secrets = [...signedUrlKeys, ...(adminApiKey === null ? [] : [adminApiKey])];
  if (authStrategy.includes("keys") && !allowUncheckedApiKeys && secrets.length === 0) {
    throw new Error(
      "ALLOW_UNCHECKED_API_KEYS is false: the checks of API keys need SIGNED_URL_SECRET_KEY or ADMIN_API_KEY.",
    );
  }
  return secrets;
}

const POLICY = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.array(v.pipe(v.string(), v.minLength(1)))),
);

function toPolicyRules(text: string | null): ReadonlyMap<Rule, readonly string[]> {
  if (text === null) return new Map();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), POLICY), text);
  if (!parsed.success) throw new Error("POLICY_RULES must be a JSON object of lists of roles, by the names of rules.");
  const rules = new Map<Rule, readonly string[]>();
  for (const [rule, roles] of Object.entries(parsed.output)) {
    if (!isRule(rule)) throw new Error(`POLICY_RULES names "${rule}": there is no such rule.`);
    rules.set(
      rule,
      roles.map((role) => role.toLowerCase()),
    );
  }
  return rules;
}
