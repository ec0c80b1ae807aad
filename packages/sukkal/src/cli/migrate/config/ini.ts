/** The format of oslo.config: sections, values of several lines, names that come more than once. */
import { EXIT, Failure } from "../../exit-code.ts";

/** An option of a section, with its values in their order. */
export interface Option {
  readonly section: string;
  readonly name: string;
  readonly values: readonly string[];
}

/** Errors name the line and nothing of it, which may be a secret. */
export function parseIni(text: string, path: string): readonly Option[] {
  const options = new Map<string, { section: string; name: string; values: string[] }>();
  let section: string | null = null;
  let last: string[] | null = null;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fail = (what: string): Failure =>
      new Failure(`${path} is not a file of oslo.config: ${what} (line ${index + 1}).`, { exitCode: EXIT.usage });
    if (line.trim() === "") last = null;
    else if (/^\s/.test(line) && last !== null) last.push(`${last.pop() ?? ""}\n${line.trim()}`);
    else if (/^[#;]/.test(line.trim())) continue;
    else if (line.startsWith("[")) {
      const [, name] = /^\[([^\]]+)\]\s*$/.exec(line) ?? [];
      if (name === undefined) throw fail("a section has no end");
      section = name.trim();
      last = null;
    } else {
      const [, name, value] = /^\s*([^\s=:][^=:]*?)\s*[=:](.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw fail("a line has neither = nor :");
      if (section === null) throw fail("an option is in no section");
      const key = `${section} ${name}`;
      const option = options.get(key) ?? { section, name: name.replaceAll("-", "_"), values: [] };
      options.set(key, option);
      last = option.values;
      last.push(value.trim());
    }
  }
  return [...options.values()].map(({ values, ...option }) => ({ ...option, values: values.map(unquoted) }));
}

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])([^]*)\1$/.exec(value) ?? [];
  return quote === undefined ? value : (inner ?? "");
}

/** The values with those of other options in place of `$name` and `${section.name}`. An unknown name stays. */
export function substituted(options: readonly Option[]): readonly Option[] {
  const known = new Map(options.map(({ section, name, values }) => [`${section}.${name}`, values.at(-1) ?? ""]));
  const resolve = (section: string, value: string): string =>
    value.replaceAll(
      /\\\$|\$\$|\$\{([^}]+)\}|\$(\w+)/g,
      (all, braced: string | undefined, plain: string | undefined) => {
        const name = braced ?? plain;
        if (name === undefined) return "$";
        return known.get(name) ?? known.get(`${section}.${name}`) ?? known.get(`DEFAULT.${name}`) ?? all;
      },
    );
  return options.map((option) => ({ ...option, values: option.values.map((value) => resolve(option.section, value)) }));
}
