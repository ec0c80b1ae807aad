/** Requests as lines for a terminal. The credential is a variable there, so that no history of a shell has it. */

export interface Asker {
  /** By what the service knows it: an API key, a token of Keystone, or the name of a project. */
  readonly way: "key" | "token" | "project";
  readonly project: string;
  /** A UUID. Not every machine has a command that makes one. */
  readonly clientId: string;
}

/** The headers that every request has. */
export function curlHeaders({ way, project, clientId }: Asker): string {
  const credential = {
    key: `-H "Authorization: Bearer $SUKKAL_KEY"`,
    token: `-H "X-Auth-Token: $OS_TOKEN"`,
    project: `-H ${quoted(`X-Project-ID: ${project}`)}`,
  }[way];
  return `${credential} -H 'Client-ID: ${clientId}'`;
}

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
