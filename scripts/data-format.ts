/**
 * Which version wrote to a data folder last, beside the data: a version that cannot use what a newer one has stored must
 * not start on it, because every object would refuse by itself, and the service would serve nothing but 503.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canUse, STORAGE_FORMAT, type StorageFormat } from "../src/storage/format.ts";
import { Refusal } from "./refusal.ts";
import { ROOT } from "./wrangler.ts";

interface Written {
  readonly version: string;
  readonly storage: StorageFormat;
}

const KINDS = ["queue", "project", "delivery"] as const;

/** Refuses a folder of a version too new, and leaves ours there. A folder without the file is of a version before it. */
export function checkDataFormat(given: string, folder: string): void {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const file = join(folder, "format.json");
  const written = read(file);
  if (written !== null && !canUse(STORAGE_FORMAT, written.storage)) {
    throw new Refusal(
      `The data folder ${given} was written by Sukkal ${written.version}, and this is ${version}, which cannot use ` +
        "what that has stored: start that version or a newer one.",
    );
  }
  // Objects that a newer version has opened stay as it left them.
  if (written !== null && KINDS.some((kind) => written.storage[kind].makes > STORAGE_FORMAT[kind].makes)) return;
  const text = `${JSON.stringify({ version, storage: STORAGE_FORMAT }, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** null: there is none, or none that can be read. */
function read(file: string): Written | null {
  try {
    const { version, storage } = JSON.parse(readFileSync(file, "utf8")) as Written;
    const isWhole = KINDS.every((kind) => [storage[kind].makes, storage[kind].needs].every(Number.isInteger));
    return isWhole ? { version, storage } : null;
  } catch {
    return null;
  }
}
