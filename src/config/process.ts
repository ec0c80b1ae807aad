/** The resources of one process or Worker, and its log. */
import { bytes, choice, count, decoded, flag, seconds, type SettingGroup } from "./setting.ts";

export const PROCESS_SETTINGS = {
  maxBodyWait: seconds({ default: 30, range: { min: 1, max: 3600 } }),
  maxBytesInFlight: bytes({ default: 33_554_432, range: { min: 1_048_576, max: 100_000_000_000 } }),
  diskFreeMin: bytes({ default: 134_217_728, range: { min: 0, max: 100_000_000_000_000 } }),
  /** null: any number. */
  maxOpenFiles: decoded(count({ default: -1, range: { min: -1, max: 1_000_000_000 } }), (max) =>
    max < 0 ? null : max,
  ),
  docs: flag({ default: true }),
  console: flag({ default: true }),
  accessLog: flag({ default: false }),
  /** Whether figures of queues are kept. */
  meter: decoded(choice({ default: "on", choices: ["on", "off"] }), (value) => value === "on"),
} satisfies SettingGroup;
