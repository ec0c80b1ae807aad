/**
 * `/openapi.json`, the description of the API for programs, and `/docs/`, the page that shows it. The build makes the files
 * (scripts/site.ts). In the cloud they are static assets, in a self-hosted service a folder that the runtime serves. Only known
 * names are read, so no path leads out of the folder. They need no credential, because they are public like the sources.
 */
import { Refusal } from "../domain/refusal.ts";
import { PATHS } from "../wire/paths.ts";
import { uncheckedRoute } from "./route.ts";
import type { RouteContext, RouteDeps } from "./request.ts";

const DOCUMENT = "openapi.json";
const PAGE = "index.html";

/** The files of the page and their types, which the folder does not know. */
const PAGE_TYPES: ReadonlyMap<string, string> = new Map([
  [PAGE, "text/html; charset=utf-8"],
  ["page.js", "text/javascript; charset=utf-8"],
  ["page.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["favicon-32x32.png", "image/png"],
]);

/** `data:`: the icons in the styles of Swagger UI. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  "Cache-Control": "public, max-age=3600",
  "Content-Security-Policy": POLICY,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Whether a path is one of these, which need no credential. */
export function isOfSite(path: string): boolean {
  const directory = `${PATHS.docs}/`;
  if (path === PATHS.openapi || path === PATHS.docs || path === directory) return true;
  return path.startsWith(directory) && PAGE_TYPES.has(path.slice(directory.length));
}

export function addSite(deps: RouteDeps): void {
  if (!deps.config.docs) return;
  addFile(deps, PATHS.openapi, () => ({ path: DOCUMENT, type: "application/json" }));
  addFile(deps, PATHS.docsFile, (c) => {
    const name = c.req.param("file") ?? PAGE;
    const type = PAGE_TYPES.get(name);
    return type === undefined ? null : { path: `docs/${name}`, type };
  });
  // Relative, so that the prefix of a proxy stays.
  const headers = { ...HEADERS, Location: "docs/" };
  const redirect = async (): Promise<Response> => new Response(null, { status: 302, headers });
  uncheckedRoute(deps, PATHS.docs, { GET: redirect, HEAD: redirect });
}

interface File {
  /** Below the folder. */
  readonly path: string;
  readonly type: string;
}

function addFile(
  deps: RouteDeps,
  path: typeof PATHS.openapi | typeof PATHS.docsFile,
  find: (c: RouteContext) => File | null,
) {
  const answer = async (c: RouteContext): Promise<Response> => {
    const file = find(c);
    const site = c.env.SITE;
    if (file === null || site === undefined) throw new Refusal({ kind: "route-unknown" });
    const found = await site.fetch(`http://site/${file.path}`);
    if (!found.ok) throw new Error(`The site has no ${file.path}: ${found.status}`);
    return new Response(found.body, { headers: { ...HEADERS, "Content-Type": file.type } });
  };
  const withoutBody = async (c: RouteContext): Promise<Response> => {
    const whole = await answer(c);
    await whole.body?.cancel();
    return new Response(null, whole);
  };
  uncheckedRoute(deps, path, { GET: answer, HEAD: withoutBody });
}
