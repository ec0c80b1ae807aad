/** How requests authenticate, who may do what, and the pages of other origins. */
import * as v from "valibot";
import { isRule, type Rule } from "../domain/policy.ts";
import { decoded, flag, list, secret, text, type Settings, type ValuesOf } from "./setting.ts";

const AUTH_STRATEGIES = ["none", "keystone", "keys"] as const;

/** `none`: project and roles are taken from each request as sent. For development and trusted networks only. */
export type AuthStrategy = (typeof AUTH_STRATEGIES)[number];

/** Names as RFC 9110, 5.6.2 has them: anything else would break the header that lists them. */
const HEADER_NAMES = {
  words: 'names of headers, separated by commas, such as "baggage,X-Other"',
  pattern: /^[\w!#$%&'*+.^`|~-]{1,64}(?:\s*,\s*[\w!#$%&'*+.^`|~-]{1,64})*$/,
};

export const ACCESS_SETTINGS = {
  authStrategy: decoded(
    list({
      option: "[DEFAULT] auth_strategy",
      meaning:
        "how requests authenticate: `keystone` (tokens), `keys` (API keys), `keystone,keys`, or `none`, which trusts " +
        "`X-Project-ID` and `X-Roles` as sent, for development and trusted networks only",
      form: {
        words: '"keystone", "keys", "keystone,keys" or "none"',
        pattern: /^(?:none|keystone|keys|keystone, ?keys|keys, ?keystone)$/,
      },
      required: true,
    }),
    (names): readonly AuthStrategy[] => names.flatMap((name) => AUTH_STRATEGIES.find((known) => known === name) ?? []),
  ),
  /** The operator's key, which belongs to no project. */
  adminApiKey: secret({
    option: "ours",
    meaning: "secret: the operator's key, which makes the others; `npm run keys -- new-admin-key` draws one",
    form: { words: "sk_admin_ and 32 to 200 letters, digits, - or _", pattern: /^sk_admin_[A-Za-z0-9_-]{32,200}$/ },
  }),
  allowUncheckedApiKeys: flag({
    default: true,
    option: "ours",
    meaning:
      "accept API keys without a check, made by older versions, with a bounded rate of failed look-ups; `false`: refuse them",
  }),
  /** Roles, lower case, that pass a rule instead of its default audience; `*` is everyone. */
  policyRules: decoded(
    text({
      option: "[oslo_policy] policy_file",
      meaning: 'other rules, as JSON: `{"queues:create": ["admin"]}`; `["*"]` is everyone, `[]` nobody',
    }),
    toPolicyRules,
  ),
  corsAllowedOrigins: list({
    option: "[cors] allowed_origin",
    meaning: "origins whose pages may call the service, comma-separated; unset: none",
    form: {
      words: 'origins such as "https://horizon.example", separated by commas, or "*"',
      pattern: /^(?:\*|https?:\/\/[^\s/,?#]+(?:\s*,\s*https?:\/\/[^\s/,?#]+)*)$/,
    },
  }),
  /** Beside those that pages may send anyway. */
  corsAllowHeaders: list({
    option: "[cors] allow_headers",
    meaning: "further headers that those pages may send, beside all that the API reads",
    form: HEADER_NAMES,
  }),
  /** Beside those that pages may read anyway. */
  corsExposeHeaders: list({
    option: "[cors] expose_headers",
    meaning: "further headers that those pages may read, beside all that the API sends",
    form: HEADER_NAMES,
  }),
} satisfies Settings;

type AccessValues = ValuesOf<typeof ACCESS_SETTINGS>;

/**
 * The secrets that checks of API keys are made with, the first for new ones; without any, keys have no check. The operator's
 * key is the last, because it has no previous one that would stay valid after a change.
 */
export function toKeyCheckSecrets(
  { authStrategy, adminApiKey, allowUncheckedApiKeys }: AccessValues,
  signedUrlKeys: readonly string[],
): readonly string[] {
  const secrets = [...signedUrlKeys, ...(adminApiKey === null ? [] : [adminApiKey])];
  if (authStrategy.includes("keys") && !allowUncheckedApiKeys && secrets.length === 0) {
    throw new Error("ALLOW_UNCHECKED_API_KEYS is false: checks need SIGNED_URL_SECRET_KEY or ADMIN_API_KEY.");
  }
  return secrets;
}

const POLICY = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.array(v.pipe(v.string(), v.minLength(1)))),
);

function toPolicyRules(given: string | null): ReadonlyMap<Rule, readonly string[]> {
  if (given === null) return new Map();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), POLICY), given);
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
