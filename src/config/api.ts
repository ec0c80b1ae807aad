/** Features of the API that an operator may switch. */
import { choice, flag, secret, type SettingGroup } from "./setting.ts";

export const API_SETTINGS = {
  clientIdUuidSafe: choice({ default: "strict", choices: ["strict", "off"] }),
  messageDeleteWithClaimId: flag({ default: false }),
  messageEncryptionKey: secret(),
  messageEncryptionPreviousKeys: secret(),
  enableChecksum: flag({ default: false }),
  adminMode: flag({ default: false }),
} satisfies SettingGroup;
