/** Versions of the service: the bundle of each, and the objects in its wrangler.toml. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { extract } from "../../bench/revision.ts";
import { buildIfChanged } from "../../scripts/build.ts";
import { ROOT } from "../../scripts/wrangler.ts";

/**
 * The oldest version that may run together with this one. Until the first release it is the last commit whose calls between
 * Workers and objects no other version had to understand. Changes with each release.
 */
export const OLDEST = "58ce9fc87437261446fbb05d911c289480a57e60";

export interface Version {
  readonly bundle: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly objects: readonly { readonly binding: string; readonly className: string }[];
}

/** The version in the working tree. */
export async function present(): Promise<Version> {
  await buildIfChanged();
  return readVersion(ROOT);
}

/**
 * The version of a commit, built in `folder` with the tools of the working tree. Without history, throws an Error that says what
 * to do.
 */
export function past(commit: string, folder: string): Version {
  const path = join(folder, "past");
  extract(commit, path, "present");
  execFileSync(process.execPath, ["scripts/build.ts"], { cwd: path, stdio: ["ignore", "ignore", "pipe"] });
  return readVersion(path);
}

interface WranglerConfig {
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
}

function readVersion(folder: string): Version {
  const config = parse(readFileSync(join(folder, "wrangler.toml"), "utf8")) as unknown as WranglerConfig;
  return {
    bundle: join(folder, "dist/index.js"),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags ?? [],
    objects: config.durable_objects.bindings.map(({ name: binding, class_name: className }) => ({
      binding,
      className,
    })),
  };
}
