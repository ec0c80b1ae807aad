/**
 * `npm run build` in packages/sukkal-server: what a start needs, in the folders of this repository: config.capnp and dist, with
 * the bundle of the Worker, the site, and the start script.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildIfChanged } from "./build.ts";
import { bundleProgram } from "./bundle.ts";
import { sourcesOfConsole } from "./console-site.ts";
import { sourcesOfDocs } from "./docs-site.ts";
import { thirdPartyLicences } from "./third-party.ts";
import { ROOT, SITE } from "./wrangler.ts";

const PACKAGE = join(ROOT, "packages/sukkal-server");
const DIST = join(PACKAGE, "dist");
const WORKER = join(ROOT, "dist/index.js");

await buildIfChanged();
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
copyFileSync(WORKER, join(DIST, "index.js"));
cpSync(SITE, join(DIST, "site"), { recursive: true });
copyFileSync(join(ROOT, "config.capnp"), join(PACKAGE, "config.capnp"));
const start = await bundleProgram({
  from: "scripts/start.ts",
  to: "packages/sukkal-server/dist/start.js",
  node: "22.13",
  // The package contains no sources to build from.
  external: ["./build.ts"],
});
const bundled = [...start, ...filesOfWorker(), ...(await sourcesOfConsole()), ...(await sourcesOfDocs())];
const licences = thirdPartyLicences(bundled);
writeFileSync(join(DIST, "THIRD-PARTY.txt"), licences);

/** The files in the bundle. */
function filesOfWorker(): readonly string[] {
  const { sources } = JSON.parse(readFileSync(`${WORKER}.map`, "utf8")) as { readonly sources: readonly string[] };
  // Relative to the folder of the build, dist/build-PID.
  return sources.map((source) => join(ROOT, "dist/build", source));
}
