/**
 * The service and the credential of the examples, from environment variables:
 *
 *   SUKKAL_URL       the address; default: http://127.0.0.1:8787
 *   SUKKAL_KEY       an API key (AUTH_STRATEGY=keys). It determines the project
 *   OS_AUTH_URL, OS_APPLICATION_CREDENTIAL_ID, OS_APPLICATION_CREDENTIAL_SECRET
 *                    Keystone (AUTH_STRATEGY=keystone), as in an openrc file. The credential determines the project
 *   SUKKAL_PROJECT   the project where neither is set (AUTH_STRATEGY=none); default: demo
 */
import type { SukkalOptions } from "sukkal/client";

type Variables = Readonly<Record<string, string | undefined>>;

/** The options of a client. `variables`: `process.env` in Node, `env` in a Worker. */
export function connection(variables: Variables): SukkalOptions {
  const { SUKKAL_URL: url = "http://127.0.0.1:8787", SUKKAL_KEY: key, SUKKAL_PROJECT: project = "demo" } = variables;
  if (key !== undefined) return { url, key };
  // The client keeps the token, and calls the function again when the service refuses it: tokens live for an hour or so.
  if (variables["OS_AUTH_URL"] !== undefined) return { url, token: () => newToken(variables) };
  return { url, project };
}

async function newToken(variables: Variables): Promise<string> {
  const { OS_AUTH_URL = "", OS_APPLICATION_CREDENTIAL_ID: id, OS_APPLICATION_CREDENTIAL_SECRET: secret } = variables;
  const identity = { methods: ["application_credential"], application_credential: { id, secret } };
  const response = await fetch(`${OS_AUTH_URL.replace(/(\/v3)?\/*$/, "")}/v3/auth/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ auth: { identity } }),
  });
  const token = response.headers.get("X-Subject-Token");
  // Without the answer's text: it may repeat parts of the request.
  if (token === null) throw new Error(`Keystone has answered ${response.status} instead of a token.`);
  return token;
}
