/** What the console asks, as lines for a terminal. */
import { curlHeaders, quoted, type Asker } from "../text/curl.ts";
import { project } from "./service.ts";
import { BASE, way } from "./session.ts";

/** Not that of the tab, whose own messages some lists leave out. */
const CLIENT_ID = crypto.randomUUID();

export function asker(): Asker {
  return { way: way.value ?? "project", project: project.value ?? "", clientId: CLIENT_ID };
}

/** `path`: such as `v2/overview`. */
export function curlOf(path: string): string {
  return `curl -s ${curlHeaders(asker())} ${quoted(BASE + path)}`;
}
