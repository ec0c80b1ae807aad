/** The URL of Keystone, and the credentials with which the service validates tokens there. */
import { secret, optionalText, textWithDefault, variableOf, type SettingGroup, type SettingValues } from "./setting.ts";
import { BASE_URL } from "./url-forms.ts";

export const KEYSTONE_SETTINGS = {
  keystoneUrl: optionalText({ form: BASE_URL }),
  keystoneUsername: optionalText(),
  keystonePassword: secret(),
  keystoneProject: optionalText(),
  keystoneUserDomain: textWithDefault("Default"),
  keystoneApplicationCredentialId: optionalText(),
  keystoneApplicationCredentialSecret: secret(),
} satisfies SettingGroup;

type KeystoneValues = SettingValues<typeof KEYSTONE_SETTINGS>;

export interface KeystoneConfig {
  /** Without `/v3` and without a slash at the end. */
  readonly url: string;
  /** The service's own; null: each token is validated with that token. */
  readonly credentials: KeystoneCredentials | null;
}

export type KeystoneCredentials =
  | {
      readonly kind: "password";
      readonly username: string;
      readonly password: string;
      readonly project: string;
      /** Of the user and of the project, by name. */
      readonly domain: string;
    }
  | { readonly kind: "application-credential"; readonly id: string; readonly secret: string };

/** Only for services whose AUTH_STRATEGY includes keystone. */
export function toKeystone(values: KeystoneValues): KeystoneConfig {
  const { keystoneUrl: url } = values;
  if (url === null) throw new Error("KEYSTONE_URL is not set, but AUTH_STRATEGY includes keystone.");
  return { url: url.replace(/\/+$/, "").replace(/\/v3$/, ""), credentials: toCredentials(values) };
}

function toCredentials(values: KeystoneValues): KeystoneCredentials | null {
  const user = together(values, ["keystoneUsername", "keystonePassword", "keystoneProject"]);
  const application = together(values, ["keystoneApplicationCredentialId", "keystoneApplicationCredentialSecret"]);
  if (user !== null && application !== null) {
    throw new Error("KEYSTONE_USERNAME and KEYSTONE_APPLICATION_CREDENTIAL_ID are both set: only one can be used.");
  }
  if (user !== null) {
    const { keystoneUsername: username, keystonePassword: password, keystoneProject: project } = user;
    return { kind: "password", username, password, project, domain: values.keystoneUserDomain };
  }
  if (application === null) return null;
  const { keystoneApplicationCredentialId: id, keystoneApplicationCredentialSecret: key } = application;
  return { kind: "application-credential", id, secret: key };
}

/** The values of settings that must be set together; null when none of them is set. */
function together<Field extends keyof KeystoneValues>(
  values: KeystoneValues,
  fields: readonly Field[],
): Readonly<Record<Field, string>> | null {
  const missing = fields.filter((field) => values[field] === null);
  if (missing.length === fields.length) return null;
  const [first] = missing;
  if (first !== undefined) {
    throw new Error(`${variableOf(first)} is not set: ${fields.map(variableOf).join(", ")} belong together.`);
  }
  // None is missing.
  return values as Readonly<Record<Field, string>>;
}
