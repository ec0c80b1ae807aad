/** Command lines against a service of their own. */
import { after, before } from "node:test";
import { Sukkal } from "sukkal/client";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal as run, type Outcome, type RunOptions } from "./command-line.ts";

export interface ServiceOfTests {
  readonly url: () => string;
  readonly sukkal: (words: readonly string[], options?: RunOptions) => Promise<Outcome>;
  /** The client of the project that the command line uses. */
  readonly client: () => Sukkal;
}

/** Starts a service before the tests of a file, and stops it after them. */
export function serviceOfTests(settings: Readonly<Record<string, string>> = {}): ServiceOfTests {
  let server: TestServer | null = null;
  before(async () => {
    server = await startServer({ server: ROOT, settings });
  });
  after(() => server?.stop());
  const url = (): string => server?.url ?? "";
  return {
    url,
    sukkal: (words, options = {}) => run(words, { ...options, env: { SUKKAL_URL: url(), ...options.env } }),
    client: () => new Sukkal({ url: url(), project: "demo" }),
  };
}

export function linesOf({ stdout }: Pick<Outcome, "stdout">): string[] {
  return stdout.split("\n").slice(0, -1);
}

/** All entries of a list. */
export async function allOf<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const entry of list) all.push(entry);
  return all;
}
