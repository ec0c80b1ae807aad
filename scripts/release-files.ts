/** The files of a release: the tarballs of the packages, their bills of materials (CycloneDX), and the digests of all. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./wrangler.ts";

export const PACKAGES = ["sukkal", "sukkal-server"] as const;
export const RELEASE = "dist/release";

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
}

interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string }[];
}

/** Makes the files in an empty folder. Returns the names of the tarballs. */
export function makeReleaseFiles(): readonly string[] {
  const folder = join(ROOT, RELEASE);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of PACKAGES) {
    // What an earlier build has left must not be published.
    rmSync(join(ROOT, "packages", name, "dist"), { recursive: true, force: true });
    writeFileSync(join(folder, `${name}.cdx.json`), `${JSON.stringify(sbomOf(name), null, 2)}\n`);
  }
  npm("pack", "--silent", "--pack-destination", folder, ...PACKAGES.flatMap((name) => ["--workspace", name]));
  const names = readdirSync(folder).toSorted();
  const sums = names.map((name) => `${digestOf(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
  return names.filter((name) => name.endsWith(".tgz"));
}

/** The bill of materials of a package: its dependencies, and those that are bundled, which are its devDependencies. */
function sbomOf(name: string): Sbom {
  const text = npm("sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--workspace", name);
  const sbom = JSON.parse(text) as Sbom;
  const component = sbom.components.find((each) => each.name === name);
  if (component === undefined) throw new Error(`npm sbom has not named ${name}.`);
  // npm describes the repository, of which the package is a component.
  const repository = sbom.metadata.component["bom-ref"];
  return {
    ...sbom,
    metadata: { ...sbom.metadata, component },
    components: sbom.components.filter((each) => each !== component),
    dependencies: sbom.dependencies.filter(({ ref }) => ref !== repository),
  };
}

function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function npm(...args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
