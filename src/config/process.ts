/** The resources of one process or Worker, and its log. */
import { bytes, choice, count, decoded, flag, seconds, type SettingGroup } from "./setting.ts";

export const PROCESS_SETTINGS = {
  maxBodyWait: seconds({
    default: 30,
    option: "ours",
    meaning:
      "longest wait for the next part of a request's body, after which the answer is 408, and longest time in which a client " +
      "reads no part of a large answer (s)",
    range: { min: 1, max: 3600 },
  }),
  maxBytesInFlight: bytes({
    default: 33_554_432,
    option: "ours",
    meaning:
      "most bytes of a project's bodies above 16 KiB and answers above 64 KiB in one Worker at a time; further ones get 503",
    range: { min: 1_048_576, max: 100_000_000_000 },
  }),
  diskFreeMin: bytes({
    default: 134_217_728,
    option: "ours",
    meaning:
      "free bytes of the disk below which posts are refused, so that deletions stay possible (`npm start` measures); 0: none",
    range: { min: 0, max: 100_000_000_000_000 },
  }),
  /** null: any number. */
  maxOpenFiles: decoded(
    count({
      default: -1,
      option: "ours",
      meaning:
        "file descriptors that the process may open, which limits the queues in use (`npm start` sets it); -1: any number",
      range: { min: -1, max: 1_000_000_000 },
    }),
    (max) => (max < 0 ? null : max),
  ),
  docs: flag({
    default: true,
    option: "ours",
    meaning: "serve the documents, `/docs/`, and the description of the API, `/openapi.json`, which need no credential",
  }),
  console: flag({
    default: true,
    option: "ours",
    meaning: "serve the console, the page `/console/`, which asks for a credential itself",
  }),
  accessLog: flag({
    default: false,
    option: "ours",
    meaning: "log a line for every request, not only for failures of the service",
  }),
  /** Whether figures of queues are kept. */
  meter: decoded(
    choice({
      default: "on",
      choices: ["on", "off"],
      option: "ours",
      meaning: "keep figures of queues and topics over time; `off`: no figures are reported, kept or shown",
    }),
    (value) => value === "on",
  ),
} satisfies SettingGroup;
