/** Variables of the environment. */

/** An empty variable counts as unset. */
export function variable(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name] ?? "";
  return text === "" ? null : text;
}
