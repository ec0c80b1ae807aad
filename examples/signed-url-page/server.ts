/**
 * Serves a page that posts to a queue by a signed URL: the credential stays here, and visitors get the right to post for an hour.
 *
 *   QUEUE=feedback npx node examples/signed-url-page/server.ts
 *
 * The service needs SIGNED_URL_SECRET_KEY, and the page's origin in CORS_ALLOWED_ORIGINS (../README.md). Environment: QUEUE
 * (default feedback), PORT (default 8000), and the address and credential of ../connection.ts, which may be an API key or
 * Keystone's: the signature acts in its project.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";

const { QUEUE = "feedback", PORT = "8000" } = process.env;
const options = connection(process.env);
const queue = new Sukkal(options).queue(QUEUE);
const HOUR_MS = 3_600_000;

/** The page's files, and no others. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
};

/** The right to post, and neither to read nor to delete. Whoever gets this can post, so ask for a login first. */
async function newSignature(): Promise<string> {
  const signed = await queue.share({ paths: ["messages"], methods: ["POST"], expires: new Date(Date.now() + HOUR_MS) });
  return JSON.stringify({ url: new URL(`/v2/queues/${QUEUE}/messages`, options.url), signed });
}

const server = createServer((request, response) => {
  const [file, type] = FILES[request.url ?? ""] ?? [];
  if (file !== undefined) {
    response.writeHead(200, { "Content-Type": type }).end(readFileSync(join(import.meta.dirname, file)));
  } else if (request.url === "/signature") {
    newSignature().then(
      // A cache would give it to others.
      (text) => response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(text),
      (error: unknown) => {
        console.error("no signature:", error);
        response.writeHead(502).end();
      },
    );
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  console.log(`open http://127.0.0.1:${typeof address === "object" ? address?.port : address}/`);
});
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => server.close());
