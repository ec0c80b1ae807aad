/** What one process or Worker spends, and what it logs. */
import { bytes, count, decoded, flag, seconds, type Settings } from "./setting.ts";

export const PROCESS_SETTINGS = {
  maxBodyWait: seconds({
    default: 30,
    option: "ours",
    meaning:
      "longest wait for the next part of a request's body, which is then answered 408, and for a client to take the next " +
      "part of a large answer (s)",
    range: { min: 1, max: 3600 },
  }),
  maxBytesInFlight: bytes({
    default: 33_554_432,
    option: "ours",
    meaning:
      "bytes of a project's bodies above 16 KiB and answers above 64 KiB under way in one Worker; beyond, more of them is 503",
    range: { min: 1_048_576, max: 100_000_000_000 },
  }),
  diskFreeMin: bytes({
    default: 134_217_728,
    option: "ours",
    meaning:
      "bytes free on the disk below which posts are refused, so that deletions can go on (`npm start` sees to it); 0: none",
    range: { min: 0, max: 100_000_000_000_000 },
  }),
  /** null: any number. */
  maxOpenFiles: decoded(
    count({
      default: -1,
      option: "ours",
      meaning:
        "the process's limit of file descriptors, which bounds the queues in use at a time (`npm start` sets it); -1: none",
      range: { min: -1, max: 1_000_000_000 },
    }),
    (max) => (max < 0 ? null : max),
  ),
  accessLog: flag({
    default: false,
    option: "ours",
    meaning: "log a line for every request, not only for failures of the service",
  }),
} satisfies Settings;
