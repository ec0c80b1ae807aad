/** What Linux tells about a process. Elsewhere the answers are null, and the tables show a dash. */
import { readFileSync } from "node:fs";

/** User and system time of all its threads, in seconds; Linux counts in hundredths. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the name in brackets and may hold blanks; the times are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** USER_HZ, which the kernel fixes at 100 for everything it shows. */
const TICKS_PER_SECOND = 100;

export interface Memory {
  /** Bytes resident now, and the most there ever were. */
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
