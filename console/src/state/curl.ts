/** What the console asks, as lines for a terminal. The credential is a variable there, so that no history of a shell has it. */
import { project } from "./service.ts";
import { BASE, way } from "./session.ts";

/** The headers that every request has. */
export function curlHeaders(): string {
  const credential = {
    key: `-H "Authorization: Bearer $SUKKAL_KEY"`,
    token: `-H "X-Auth-Token: $OS_TOKEN"`,
    project: `-H 'X-Project-ID: ${project.value ?? ""}'`,
  }[way.value ?? "project"];
  return `${credential} -H "Client-ID: $(uuidgen)"`;
}

/** `path`: such as `v2/overview`. */
export function curlOf(path: string): string {
  return `curl -s ${curlHeaders()} '${BASE}${path}'`;
}
