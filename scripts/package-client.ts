/** The end of `npm run build` in packages/sukkal: the command line in one file, so that the package has no dependencies. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram } from "./bundle.ts";
import { thirdPartyLicences } from "./third-party.ts";
import { ROOT } from "./wrangler.ts";

const files = await bundleProgram({
  from: "packages/sukkal/src/cli/main.ts",
  to: "packages/sukkal/dist/cli.js",
  node: "20.12",
});
writeFileSync(join(ROOT, "packages/sukkal/dist/THIRD-PARTY.txt"), thirdPartyLicences(files));
