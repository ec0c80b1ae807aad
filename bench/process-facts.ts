/** CPU time and memory of a process on Linux. On other systems the results are null, and the tables show a dash. */
import { readdirSync, readFileSync } from "node:fs";
import { sum } from "./statistics.ts";

/** User and system time of the threads that run, in seconds. */
export function cpuSeconds(pid: number): number | null {
  const threads = list(`/proc/${pid}/task`);
  // The first number is nanoseconds. A thread may end meanwhile.
  const times = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`)?.split(" ")[0] ?? 0));
  return times.length === 0 ? null : sum(times) / 1e9;
}

export interface Memory {
  /** Bytes: resident now, and the maximum so far. */
  readonly resident: number;
  readonly residentMax: number;
}

export function memory(pid: number): Memory | null {
  const status = read(`/proc/${pid}/status`);
  if (status === null) return null;
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
  return { resident: bytes("VmRSS"), residentMax: bytes("VmHWM") };
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
