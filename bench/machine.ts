/** The machine and the versions of a run, which are part of its result. */
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type as systemType } from "node:os";
import { workerdVersion } from "./workerd.ts";

export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly fileSystem: string;
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
