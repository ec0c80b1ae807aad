/** The words of a command line in the order that the library takes them. */

/** Flags of all commands; other programs take such before the command. */
const WITH_VALUE: ReadonlySet<string> = new Set(["--context", "--url", "--project"]);
const WITHOUT_VALUE: ReadonlySet<string> = new Set(["--json", "--quiet", "-q"]);

/** `sukkal help post` is `sukkal post --help`, and flags before the command come behind it. */
export function inOrder(words: readonly string[]): readonly string[] {
  const [first = "", ...others] = words;
  if (first === "help") return [...others, "--help"];
  if (first === "version" && others.length === 0) return ["--version"];
  const at = leading(words);
  const [flags, rest] = [words.slice(0, at), words.slice(at)];
  // What follows `--` is no flag.
  const escape = rest.includes("--") ? rest.indexOf("--") : rest.length;
  return rest.length === 0 ? words : [...rest.slice(0, escape), ...flags, ...rest.slice(escape)];
}

/** How many of the words are flags of all commands and their values. */
function leading(words: readonly string[]): number {
  let at = 0;
  for (;;) {
    const word = words[at] ?? "";
    const [name = ""] = word.split("=", 1);
    if (WITH_VALUE.has(word)) at += 2;
    else if (WITH_VALUE.has(name) || WITHOUT_VALUE.has(word)) at += 1;
    else return Math.min(at, words.length);
  }
}
