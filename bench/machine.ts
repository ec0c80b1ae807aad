/** The machine and the versions of a run, which are part of its result. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type as systemType } from "node:os";
import { workerdVersion } from "./workerd.ts";

export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly fileSystem: string;
  /** When Linux uses transparent huge pages: `always`, `madvise` or `never`. With the first the service takes less CPU time. */
  readonly hugePages: string;
  readonly node: string;
  readonly workerd: string;
}

export function describeMachine(dataFolder: string): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString(),
    cores: all.length,
    processor: all[0]?.model.trim() ?? "unknown",
    memoryBytes: totalmem(),
    system: `${systemType()} ${release()}`,
    fileSystem: fileSystemOf(dataFolder),
    hugePages: hugePages(),
    node: process.versions.node,
    workerd: workerdVersion(),
  };
}

/** The file system of the data. On tmpfs commits would not be measured, so the report names it. */
function fileSystemOf(folder: string): string {
  try {
    return execFileSync("stat", ["--file-system", "--format", "%T", folder], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function hugePages(): string {
  try {
    const text = readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8");
    return /\[(\w+)\]/.exec(text)?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
