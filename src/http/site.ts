/**
 * `/docs/`, the documents, with the page of the API, `/openapi.json`, its description for programs, and `/console/`, the page
 * for operators. The build makes the files (scripts/site.ts). In the cloud they are static assets, which Cloudflare compresses.
 * In a self-hosted service they are a folder that the runtime serves, with a compressed copy of each. Only names of a known form
 * are read, so no path leads out of the folders. They need no credential, because they are public like the sources.
 */
import type { Config } from "../config/config.ts";
import { Refusal } from "../domain/refusal.ts";
import { PATHS } from "../wire/paths.ts";
import { takesGzip } from "./accept.ts";
import { answerUnlessHeld } from "./etag.ts";
import { uncheckedRoute } from "./route.ts";
import type { RouteContext, RouteDeps } from "./request.ts";

const DOCUMENT = "openapi.json";
const PAGE = "index.html";

/** By the ends of names, because the folder does not know them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["json", "application/json"],
  ["svg", "image/svg+xml"],
]);

const API_PAGE = "api.html";
const MISSING_PAGE = "404.html";
const DOCS_PAGE = /^[\w-]{1,80}\.html$/;
/** A page as people write its address. */
const DOCS_NAME = /^[\w-]{1,80}$/;

/** The names that the build gives to what all pages load contain a digest. */
const DIGEST_FILE = /^[\w-]{1,40}-[\w-]{8}\.(?:js|css|json|svg)$/;

const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** `data:`: the icons in the styles of Swagger UI. */
const API_POLICY = POLICY.replace(";", "; img-src 'self' data:;");

/** Whether a path is one of these, which need no credential. */
export function isOfSite(path: string, { docs, console }: Config): boolean {
  return (
    (docs && (path === PATHS.openapi || isBelow(PATHS.docs, path, isDocsFile))) ||
    (console && isBelow(PATHS.console, path, isConsoleFile))
  );
}

export function addSite(deps: RouteDeps): void {
  const { docs, console } = deps.config;
  if (docs) {
    addFile(deps, PATHS.openapi, () => ({ folder: "docs", name: DOCUMENT }));
    addPages(deps, "docs", isDocsFile);
  }
  if (console) addPages(deps, "console", isConsoleFile);
}

function headersOf(name: string) {
  return {
    "Cache-Control": cachingOf(name),
    "Content-Security-Policy": name === API_PAGE ? API_POLICY : POLICY,
    "Content-Type": TYPES.get(name.slice(name.lastIndexOf(".") + 1)) ?? "",
    "Referrer-Policy": "no-referrer",
    Vary: "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
  };
}

/** What another version changes is asked for each time. What has a digest never changes. */
function cachingOf(name: string): string {
  return DIGEST_FILE.test(name) ? "public, max-age=31536000, immutable" : "no-cache";
}

function isBelow(page: string, path: string, isFile: (name: string) => boolean): boolean {
  return path === page || path === `${page}/` || (path.startsWith(`${page}/`) && isFile(path.slice(page.length + 1)));
}

function isDocsFile(name: string): boolean {
  return DOCS_PAGE.test(name) || DOCS_NAME.test(name) || name === DOCUMENT || DIGEST_FILE.test(name);
}

function isConsoleFile(name: string): boolean {
  return name === PAGE || DIGEST_FILE.test(name);
}

interface File {
  readonly folder: "docs" | "console";
  readonly name: string;
  /** Its compressed copy. */
  readonly isPacked?: boolean;
}

/** A folder: its first page, and the files beside it. */
function addPages(deps: RouteDeps, folder: File["folder"], isFile: (name: string) => boolean): void {
  addFile(deps, PATHS[`${folder}File`], (c) => {
    const name = c.req.param("file") ?? PAGE;
    return isFile(name) ? { folder, name } : null;
  });
  const redirect = async (): Promise<Response> => redirectTo(`${folder}/`);
  uncheckedRoute(deps, PATHS[folder], { GET: redirect, HEAD: redirect });
}

/** `location` is relative, so that the prefix of a proxy stays. */
function redirectTo(location: string): Response {
  const { "Content-Type": _, ...headers } = headersOf(PAGE);
  return new Response(null, { status: 302, headers: { ...headers, Location: location } });
}

function addFile(
  deps: RouteDeps,
  path: typeof PATHS.openapi | typeof PATHS.docsFile | typeof PATHS.consoleFile,
  find: (c: RouteContext) => File | null,
): void {
  const answer = async (c: RouteContext): Promise<Response> => {
    const named = find(c);
    const site = c.env.SITE;
    if (named === null || site === undefined) throw new Refusal({ kind: "route-unknown" });
    if (DOCS_NAME.test(named.name)) return redirectTo(`${named.name}.html`);
    const isPacked = c.env.DISK !== undefined && takesGzip(c.req.raw.headers.get("Accept-Encoding"));
    const file = { ...named, isPacked };
    const found = await readFrom(site, file);
    if (found.status === 404) return await missing(c, site, file);
    const headers = { ...headersOf(file.name), ...(isPacked ? { "Content-Encoding": "gzip" } : {}) };
    if (DIGEST_FILE.test(file.name)) return new Response(found.body, { headers, encodeBody: "manual" });
    return await answerUnlessHeld(c.req.raw, headers, found, () => readFrom(site, file));
  };
  const withoutBody = async (c: RouteContext): Promise<Response> => {
    const whole = await answer(c);
    await whole.body?.cancel();
    return new Response(null, whole);
  };
  uncheckedRoute(deps, path, { GET: answer, HEAD: withoutBody });
}

/** Status 404, if another build may have the file. */
async function readFrom(site: Fetcher, { folder, name, isPacked }: File): Promise<Response> {
  const found = await site.fetch(`http://site/${folder}/${name}${isPacked === true ? ".gz" : ""}`);
  const mayBeGone = name !== PAGE && name !== DOCUMENT;
  if (found.ok || (found.status === 404 && mayBeGone)) return found;
  throw new Error(`The site has no ${folder}/${name}: ${found.status}`);
}

/** A page for people who have followed an old link. */
async function missing(c: RouteContext, site: Fetcher, { folder, name }: File): Promise<Response> {
  const isForPeople = c.req.raw.headers.get("Accept")?.includes("text/html") === true;
  if (folder !== "docs" || !DOCS_PAGE.test(name) || !isForPeople) throw new Refusal({ kind: "route-unknown" });
  const { body } = await readFrom(site, { folder, name: MISSING_PAGE });
  return new Response(body, { status: 404, headers: headersOf(MISSING_PAGE) });
}
