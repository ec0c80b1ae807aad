/** The licences of the packages that a bundle contains, which have to accompany each copy. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { ROOT } from "./wrangler.ts";

const LICENCE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;
/** Licences whose text does not name the owner, for packages that do not contain their text. */
const TEXTS: Readonly<Record<string, string>> = { "Apache-2.0": join(ROOT, "LICENSE") };

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * The names, versions and licence texts of the packages of `files`, which are paths. Files outside of node_modules are ours.
 * Throws if a package has no licence text.
 */
export function thirdPartyLicences(files: Iterable<string>): string {
  const folders = new Set([...files].map(packageFolderOf).filter((folder) => folder !== null));
  return [...new Set([...folders].map(licenceOf))].toSorted().join("\n");
}

/** The folder of the package of a file; null: the file is ours. */
function packageFolderOf(file: string): string | null {
  const modules = `${sep}node_modules${sep}`;
  const end = file.lastIndexOf(modules);
  if (end === -1) return null;
  const [scope = "", name = ""] = file.slice(end + modules.length).split(sep);
  return join(file.slice(0, end), "node_modules", scope, scope.startsWith("@") ? name : "");
}

function licenceOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const heading = `${manifest.name} ${manifest.version} (${manifest.license})`;
  const own = readdirSync(folder).filter((file) => LICENCE.test(file));
  // A notice alone is no licence.
  const hasLicence = own.some((file) => !basename(file).toLowerCase().startsWith("notice"));
  const common = TEXTS[manifest.license];
  if (!hasLicence && common === undefined) throw new Error(`${heading} has no licence text in ${folder}.`);
  const paths = [...own.toSorted().map((file) => join(folder, file)), ...(hasLicence ? [] : [common ?? ""])];
  const texts = paths.map((path) => readFileSync(path, "utf8").trim());
  return [heading, "=".repeat(heading.length), "", ...texts, ""].join("\n");
}
