/**
 * Makes dist/site: docs/, the documents with the page of the API, and console/. wrangler.toml and config.capnp name the folder.
 * No page loads anything from elsewhere.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeConsole } from "./console-site.ts";
import { makeDocs } from "./docs-site.ts";
import { SITE } from "./wrangler.ts";

export async function makeSite(): Promise<void> {
  await makeDocs();
  await makeConsole();
  // An earlier version had its files beside the folders.
  for (const name of readdirSync(SITE))
    if (!["docs", "console"].includes(name)) rmSync(join(SITE, name), { recursive: true });
  // Cloudflare compresses assets itself.
  writeFileSync(join(SITE, ".assetsignore"), "*.gz\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeSite();
