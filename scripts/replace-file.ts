/** Writes a file that another process may be reading: a file that is equal stays, another one is replaced by a rename. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

export function replaceFile(path: string, content: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  const written = `${path}.${process.pid}`;
  writeFileSync(written, content);
  renameSync(written, path);
}
