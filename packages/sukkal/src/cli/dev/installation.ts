/** The service that `dev` starts, and the folder of its data. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { installationIn, installedFor, type Installation } from "../../server-process.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { makeFolder } from "../folders.ts";
import { codeOf } from "./ports.ts";

/** In a checkout that itself, else the package of the working directory, else the one that is installed beside this. */
export function installationOf(server: string | undefined): Installation {
  const own = dirname(fileURLToPath(import.meta.url));
  const found =
    server === undefined
      ? (checkoutAround(own) ?? installedFor(process.cwd()) ?? installedFor(own))
      : installationIn(resolve(server));
  if (found !== null) return found;
  throw server === undefined
    ? new Failure("The package sukkal-server is not installed.", {
        hint: "Install it here, or name its folder or a checkout with --server.",
      })
    : new Failure(`${server} is no folder of the service.`, {
        exitCode: EXIT.usage,
        hint: "Name the package sukkal-server, or a checkout after npm ci.",
      });
}

function checkoutAround(folder: string): Installation | null {
  const parent = dirname(folder);
  return installationIn(folder) ?? (parent === folder ? null : checkoutAround(parent));
}

/** With a file that keeps it out of commits. */
export function dataFolder(given: string): string {
  const folder = resolve(given);
  if (existsSync(folder)) return folder;
  try {
    makeFolder(folder);
    writeFileSync(join(folder, ".gitignore"), "*\n");
  } catch (error) {
    throw new Failure(`The folder ${given} cannot be made (${codeOf(error)}).`, { hint: "Name another: --data" });
  }
  return folder;
}

/** As people would write it. */
export function shortest(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith("..") ? folder : `./${path}`;
}
