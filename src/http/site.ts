/**
 * `/openapi.json`, the description of the API for programs, `/docs/`, the page that shows it, and `/console/`, the page for
 * operators. The build makes the files (scripts/site.ts). In the cloud they are static assets, in a self-hosted service a folder
 * that the runtime serves. Only names of a known form are read, so no path leads out of the folders. They need no credential,
 * because they are public like the sources.
 */
import type { Config } from "../config/config.ts";
import { Refusal } from "../domain/refusal.ts";
import { PATHS } from "../wire/paths.ts";
import { uncheckedRoute } from "./route.ts";
import type { RouteContext, RouteDeps } from "./request.ts";

const DOCUMENT = "openapi.json";
const PAGE = "index.html";

/** By the ends of names, because the folder does not know them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
]);

const DOCS_FILES: ReadonlySet<string> = new Set([
  PAGE,
  "page.js",
  "page.css",
  "swagger-ui-bundle.js",
  "swagger-ui.css",
  "favicon-32x32.png",
]);

/** The names that the build gives to the files of the console contain a digest. */
const CONSOLE_FILE = /^[\w-]{1,40}-[\w-]{8}\.(?:js|css|svg)$/;

const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** `data:`: the icons in the styles of Swagger UI. */
const DOCS_POLICY = POLICY.replace(";", "; img-src 'self' data:;");

const HOUR = "public, max-age=3600";
const HEADERS = { "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff" };
const DOCS_HEADERS = { "Cache-Control": HOUR, "Content-Security-Policy": DOCS_POLICY, ...HEADERS };

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
    addFile(deps, PATHS.openapi, () => ({ path: DOCUMENT, type: "application/json", headers: DOCS_HEADERS }));
    addPage(deps, "docs", isDocsFile, () => DOCS_HEADERS);
  }
  // The page names the other files, so it is asked for each time, and they never change.
  if (console)
    addPage(deps, "console", isConsoleFile, (name) => ({
      "Cache-Control": name === PAGE ? "no-cache" : "public, max-age=31536000, immutable",
      "Content-Security-Policy": POLICY,
      ...HEADERS,
    }));
}

function isBelow(page: string, path: string, isFile: (name: string) => boolean): boolean {
  return path === page || path === `${page}/` || (path.startsWith(`${page}/`) && isFile(path.slice(page.length + 1)));
}

function isDocsFile(name: string): boolean {
  return DOCS_FILES.has(name);
}

function isConsoleFile(name: string): boolean {
  return name === PAGE || CONSOLE_FILE.test(name);
}

interface File {
  /** Below the folder. */
  readonly path: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its name contains a digest, so that another build does not have it. */
  readonly mayBeGone?: boolean;
}

/** A page and the files beside it. */
function addPage(
  deps: RouteDeps,
  page: "docs" | "console",
  isFile: (name: string) => boolean,
  headersOf: (name: string) => Readonly<Record<string, string>>,
): void {
  addFile(deps, PATHS[`${page}File`], (c) => {
    const name = c.req.param("file") ?? PAGE;
    const type = TYPES.get(name.slice(name.lastIndexOf(".") + 1));
    if (!isFile(name) || type === undefined) return null;
    return { path: `${page}/${name}`, type, headers: headersOf(name), mayBeGone: CONSOLE_FILE.test(name) };
  });
  // Relative, so that the prefix of a proxy stays.
  const headers = { ...headersOf(PAGE), Location: `${page}/` };
  const redirect = async (): Promise<Response> => new Response(null, { status: 302, headers });
  uncheckedRoute(deps, PATHS[page], { GET: redirect, HEAD: redirect });
}

function addFile(
  deps: RouteDeps,
  path: typeof PATHS.openapi | typeof PATHS.docsFile | typeof PATHS.consoleFile,
  find: (c: RouteContext) => File | null,
): void {
  const answer = async (c: RouteContext): Promise<Response> => {
    const file = find(c);
    const site = c.env.SITE;
    if (file === null || site === undefined) throw new Refusal({ kind: "route-unknown" });
    const found = await site.fetch(`http://site/${file.path}`);
    if (found.status === 404 && file.mayBeGone === true) throw new Refusal({ kind: "route-unknown" });
    if (!found.ok) throw new Error(`The site has no ${file.path}: ${found.status}`);
    return new Response(found.body, { headers: { ...file.headers, "Content-Type": file.type } });
  };
  const withoutBody = async (c: RouteContext): Promise<Response> => {
    const whole = await answer(c);
    await whole.body?.cancel();
    return new Response(null, whole);
  };
  uncheckedRoute(deps, path, { GET: answer, HEAD: withoutBody });
}
