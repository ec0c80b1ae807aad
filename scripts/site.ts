/**
 * Makes dist/site: openapi.json, and docs/, the page that shows it. wrangler.toml and config.capnp name the folder. The page is
 * Swagger UI with the files of openapi/page; it loads nothing from elsewhere.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./wrangler.ts";

export const SITE = join(ROOT, "dist/site");

const PAGE = join(ROOT, "openapi/page");
/** The files of Swagger UI that the page uses. */
const SWAGGER_UI = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"];

/** Replaces only what differs, because a running service may be reading the files. */
export function makeSite(): void {
  mkdirSync(join(SITE, "docs"), { recursive: true });
  copy(join(ROOT, "docs/openapi.json"), "openapi.json");
  for (const name of readdirSync(PAGE)) copy(join(PAGE, name), `docs/${name}`);
  const swaggerUi = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  for (const name of SWAGGER_UI) copy(join(swaggerUi, name), `docs/${name}`);
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
