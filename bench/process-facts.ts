/** CPU time and memory of a process on Linux. On other systems the results are null, and the tables show a dash. */
import { readFileSync } from "node:fs";

/** User and system time of all threads, in seconds with a resolution of 0.01 s. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the name in parentheses, which may contain blanks. The times are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** USER_HZ, which is 100 in all of the kernel's files. */
const TICKS_PER_SECOND = 100;

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

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
