/**
 * `format.json` in a data folder: the newest version that has written to it. A version that cannot use the data of a newer
 * one is refused at the start. Otherwise every object would refuse by itself, and all requests would be answered 503.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canUse, KINDS, STORAGE_FORMAT, type StorageFormat } from "../src/storage/format.ts";
import { Refusal } from "./refusal.ts";
import { readVersion } from "./version.ts";

interface Written {
  readonly version: string;
  readonly storage: StorageFormat;
}

/** Refuses a folder whose data this version cannot use, and updates the file. A folder without the file is accepted. */
export function checkDataFormat(given: string, folder: string): void {
  const version = readVersion();
  const file = join(folder, "format.json");
  const written = read(file);
  if (written !== null && !canUse(STORAGE_FORMAT, written.storage)) {
    throw new Refusal(
      `The data folder ${given} was written by Sukkal ${written.version}. This is version ${version}, which cannot use that ` +
        `data. Start version ${written.version} or a newer one.`,
    );
  }
  // The file is not changed to an older version, because objects keep the tables of the newer one.
  if (written !== null && KINDS.some((kind) => written.storage[kind].makes > STORAGE_FORMAT[kind].makes)) return;
  const text = `${JSON.stringify({ version, storage: STORAGE_FORMAT }, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const NONE = { makes: 0, needs: 0 };
const NOTHING_WRITTEN = { pools: NONE, hub: NONE, meter: NONE };

/** null: the file is missing or invalid. */
function read(file: string): Written | null {
  try {
    const { version, storage: written } = JSON.parse(readFileSync(file, "utf8")) as Written;
    // A version that did not have a kind of object has written none.
    const storage = { ...NOTHING_WRITTEN, ...written };
    const isWhole = KINDS.every((kind) => [storage[kind].makes, storage[kind].needs].every(Number.isInteger));
    return isWhole ? { version, storage } : null;
  } catch {
    return null;
  }
}
