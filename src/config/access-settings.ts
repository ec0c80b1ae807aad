/** The settings of access: authentication and authorisation. */
import { BASE_URL, toUrlForm, type Setting } from "./setting.ts";

const YEAR = 31_536_000;

/** Names as RFC 9110, 5.6.2 has them: anything else would break the header that lists them. */
const HEADER_NAMES = {
  words: 'names of headers, separated by commas, such as "baggage,X-Other"',
  pattern: /^[\w!#$%&'*+.^`|~-]{1,64}(?:\s*,\s*[\w!#$%&'*+.^`|~-]{1,64})*$/,
};

export const ACCESS_SETTINGS: readonly Setting[] = [
  {
    name: "KEYSTONE_URL",
    default: null,
    option: "[keystone_authtoken] auth_url",
    meaning: "where Keystone is, with or without `/v3`",
    form: { words: "an http or https URL", pattern: toUrlForm(BASE_URL) },
  },
  {
    name: "KEYSTONE_USERNAME",
    default: null,
    option: "[keystone_authtoken] username",
    meaning: "the service's own user, who validates tokens; without one each token is validated with itself",
  },
  {
    name: "KEYSTONE_PASSWORD",
    default: null,
    option: "[keystone_authtoken] password",
    meaning: "secret of that user",
    isSecret: true,
  },
  {
    name: "KEYSTONE_PROJECT",
    default: null,
    option: "[keystone_authtoken] project_name",
    meaning: "project of that user, usually `service`",
  },
  {
    name: "KEYSTONE_USER_DOMAIN",
    default: "Default",
    option: "[keystone_authtoken] user_domain_name",
    meaning: "domain, by name, of that user and its project",
  },
  {
    name: "KEYSTONE_APPLICATION_CREDENTIAL_ID",
    default: null,
    option: "[keystone_authtoken] application_credential_id",
    meaning: "instead of user and password: the service's application credential",
  },
  {
    name: "KEYSTONE_APPLICATION_CREDENTIAL_SECRET",
    default: null,
    option: "[keystone_authtoken] application_credential_secret",
    meaning: "secret of that credential",
    isSecret: true,
  },
  {
    name: "ADMIN_API_KEY",
    default: null,
    option: "ours",
    meaning: "secret: the operator's key, which makes the others; `npm run keys -- new-admin-key` draws one",
    isSecret: true,
    form: { words: "sk_admin_ and 32 to 200 letters, digits, - or _", pattern: /^sk_admin_[A-Za-z0-9_-]{32,200}$/ },
  },
  {
    name: "ALLOW_UNCHECKED_API_KEYS",
    default: "true",
    option: "ours",
    meaning:
      "accept API keys without a check, made by older versions, with a bounded rate of failed look-ups; `false`: refuse them",
    choices: ["true", "false"],
  },
  {
    name: "SIGNED_URL_SECRET_KEY",
    default: null,
    option: "[signed_url] secret_key",
    meaning: "secret that signs URLs, 32 bytes or more unless `AUTH_STRATEGY=none`; unset: no URL can be signed",
    isSecret: true,
    isNeverEmpty: true,
  },
  {
    name: "SIGNED_URL_PREVIOUS_SECRET_KEY",
    default: null,
    option: "ours",
    meaning: "former secret: URLs signed with it stay valid, until this is unset",
    isSecret: true,
    isNeverEmpty: true,
  },
  {
    name: "SIGNED_URL_TTL_MAX",
    default: "-1",
    option: "ours",
    meaning: "longest life of a signed URL (s); -1: any",
    range: { min: -1, max: YEAR * 100 },
  },
  {
    name: "POLICY_RULES",
    default: null,
    option: "[oslo_policy] policy_file",
    meaning: 'other rules, as JSON: `{"queues:create": ["admin"]}`; `["*"]` is everyone, `[]` nobody',
  },
  {
    name: "CORS_ALLOWED_ORIGINS",
    default: null,
    option: "[cors] allowed_origin",
    meaning: "origins whose pages may call the service, comma-separated; unset: none",
    form: {
      words: 'origins such as "https://horizon.example", separated by commas, or "*"',
      pattern: /^(?:\*|https?:\/\/[^\s/,?#]+(?:\s*,\s*https?:\/\/[^\s/,?#]+)*)$/,
    },
  },
  {
    name: "CORS_ALLOW_HEADERS",
    default: null,
    option: "[cors] allow_headers",
    meaning: "further headers that those pages may send, beside all that the API reads",
    form: HEADER_NAMES,
  },
  {
    name: "CORS_EXPOSE_HEADERS",
    default: null,
    option: "[cors] expose_headers",
    meaning: "further headers that those pages may read, beside all that the API sends",
    form: HEADER_NAMES,
  },
];
