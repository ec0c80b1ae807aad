/** Features of the API that an operator may switch. */
import { choice, flag, secret, type SettingGroup } from "./setting.ts";

export const API_SETTINGS = {
  clientIdUuidSafe: choice({
    default: "strict",
    choices: ["strict", "off"],
    option: "[transport] client_id_uuid_safe",
    meaning: "`strict`: a Client-ID must be a UUID; `off`: any text within the length limits",
  }),
  messageDeleteWithClaimId: flag({
    default: false,
    option: "[transport] message_delete_with_claim_id",
    meaning: "deleting messages by `ids` needs `claim_ids` too",
  }),
  messageEncryptionKey: secret({
    option: "[transport] message_encryption_key",
    meaning:
      "secret: encrypts messages of `_enable_encrypt_messages` queues (AES-256-GCM); unset: no queue can be encrypted",
  }),
  messageEncryptionPreviousKeys: secret({
    option: "ours",
    meaning: "secret: the previous ones, comma-separated; messages encrypted with them can be read until this is unset",
  }),
  enableChecksum: flag({
    default: false,
    option: "[DEFAULT] enable_checksum",
    meaning: "show the MD5 of each message's body",
  }),
  adminMode: flag({
    default: false,
    option: "[DEFAULT] admin_mode",
    meaning: "serve `/v2/health` (role `admin`), and with `POOLING` pools and flavors",
  }),
} satisfies SettingGroup;
