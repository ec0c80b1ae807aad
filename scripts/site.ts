/**
 * Makes dist/site: docs/, the documents with the page of the API, and console/. wrangler.toml and config.capnp name the folder.
 * No page loads anything from elsewhere.
 */
import { fileURLToPath } from "node:url";
import { makeConsole } from "./console-site.ts";
import { makeDocs } from "./docs-site.ts";

export async function makeSite(): Promise<void> {
  await makeDocs();
  await makeConsole();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeSite();
