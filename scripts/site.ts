/**
 * Makes dist/site: openapi.json, docs/, the page that shows it, and the console. wrangler.toml and config.capnp name the folder.
 * docs/ is Swagger UI with the files of openapi/page. Neither page loads anything from elsewhere.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeConsole } from "./console-site.ts";
import { replaceFile } from "./replace-file.ts";
import { ROOT, SITE } from "./wrangler.ts";

const PAGE = join(ROOT, "openapi/page");
/** The package of Swagger UI, and its files that the page uses. */
export const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const SWAGGER_UI_FILES = [
  "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt",
  "swagger-ui.css",
  "favicon-32x32.png",
];

/** Replaces only what differs, because a running service may be reading the files. */
export async function makeSite(): Promise<void> {
  mkdirSync(join(SITE, "docs"), { recursive: true });
  copy(join(ROOT, "docs/openapi.json"), "openapi.json");
  for (const name of readdirSync(PAGE)) copy(join(PAGE, name), `docs/${name}`);
  for (const name of SWAGGER_UI_FILES) copy(join(SWAGGER_UI, name), `docs/${name}`);
  await makeConsole();
}

function copy(from: string, to: string): void {
  replaceFile(join(SITE, to), readFileSync(from));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeSite();
