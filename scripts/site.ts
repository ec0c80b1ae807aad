/**
 * Makes dist/site: openapi.json, and docs/, the page that shows it. wrangler.toml and config.capnp name the folder. The page is
 * Swagger UI with the files of openapi/page; it loads nothing from elsewhere.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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
export function makeSite(): void {
  mkdirSync(join(SITE, "docs"), { recursive: true });
  copy(join(ROOT, "docs/openapi.json"), "openapi.json");
  for (const name of readdirSync(PAGE)) copy(join(PAGE, name), `docs/${name}`);
  for (const name of SWAGGER_UI_FILES) copy(join(SWAGGER_UI, name), `docs/${name}`);
}

function copy(from: string, to: string): void {
  const path = join(SITE, to);
  const content = readFileSync(from);
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  const written = `${path}.${process.pid}`;
  writeFileSync(written, content);
  renameSync(written, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeSite();
