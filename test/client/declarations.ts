/** What the sources of the client declare, as far as tests of its surface need it. The formatter determines their form. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Declaration {
  readonly name: string;
  readonly kind: "class" | "function" | "interface";
  readonly comment: string;
  /** The public methods, inherited ones included. */
  readonly methods: readonly string[];
}

/** The classes, functions and interfaces that the entry point exports. */
export function declarationsOf(folder: string, entry: string): Declaration[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const texts = new Map(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  const own = texts.get(`${entry}.ts`) ?? "";
  const passedOn = [...own.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(({ 1: list = "" }) =>
    list.split(",").flatMap((item) => item.replace("type ", "").trim() || []),
  );
  const declared = [...own.matchAll(HEAD)].map(({ groups }) => groups?.["name"] ?? "");
  const all = [...texts.values()].join("\n");
  return [...passedOn, ...declared].flatMap((name) => declarationOf(all, name) ?? []);
}

const HEAD =
  /(?<comment>(?:^\/\*\*(?:(?!\*\/)[^])*?\*\/\n)?)^export (?:abstract |async )?(?<kind>class|function|interface) (?<name>\w+)/gm;
const METHOD = /^(?<comment>(?: {2}\/\*\*(?:(?!\*\/)[^])*?\*\/\n)?) {2}(?:async )?\*?(?<name>\w+)(?:<[^>]*>)?\(/gm;

function declarationOf(text: string, name: string): Declaration | null {
  const head = [...text.matchAll(HEAD)].find(({ groups }) => groups?.["name"] === name);
  if (head?.groups === undefined) return null;
  const { comment = "", kind } = head.groups;
  const rest = text.slice(head.index + comment.length);
  const body = rest.slice(0, rest.indexOf("\n}\n"));
  const parent = /^[^{]* extends (\w+)/.exec(body)?.[1];
  const own = [...body.matchAll(METHOD)].flatMap(({ groups }) => {
    const method = groups?.["name"] ?? "";
    return method === "constructor" || groups?.["comment"]?.includes("@internal") === true ? [] : [method];
  });
  const inherited = parent === undefined ? [] : (declarationOf(text, parent)?.methods ?? []);
  // The pattern has no other kinds.
  return {
    name,
    kind: kind as Declaration["kind"],
    comment,
    methods: kind === "function" ? [] : [...own, ...inherited],
  };
}
