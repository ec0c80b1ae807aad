/** What Markdown becomes. */
import { lexer } from "marked";
import { expect, test } from "vitest";
import { addressOf, targetOf, type SourceFile } from "../../../docs/site/files.ts";
import { highlight } from "../../../docs/site/highlight.ts";
import { toArticle } from "../../../docs/site/markdown.ts";

function file(path: string, markdown: string): SourceFile {
  return { path, address: addressOf(path), title: "A title", isCode: false, tokens: lexer(markdown) };
}

const OTHERS = new Map(
  ["docs/CLI.md", "docs/adr/README.md", "SECURITY.md", "examples/node/worker.ts"].map((path) => [
    path,
    file(path, "# A"),
  ]),
);

function article(markdown: string, path = "docs/A.md") {
  return toArticle(file(path, markdown), OTHERS);
}

test.each([
  ["docs/SELF-HOSTING.md", "self-hosting.html"],
  ["docs/adr/0021-console.md", "adr-0021-console.html"],
  ["README.md", "readme.html"],
  ["deploy/README.md", "deploy-readme.html"],
  ["examples/node-worker/worker.ts", "examples-node-worker-worker-ts.html"],
])("%s is %s", (path, address) => expect(addressOf(path)).toBe(address));

test.each([
  ["docs/A.md", "CLI.md#install", "docs/CLI.md"],
  ["docs/guides/a.md", "../CLI.md", "docs/CLI.md"],
  ["docs/A.md", "adr/", "docs/adr/README.md"],
  ["docs/A.md", "#below", null],
  ["docs/A.md", "https://example.com/a.md", null],
  ["docs/A.md", "mailto:a@example.com", null],
])("in %s, %s leads to %s", (from, href, target) => expect(targetOf(from, href)).toBe(target));

test("links lead to pages, and one that names a file shows its title", () => {
  const { html } = article(
    "# A\n\n[the command](CLI.md#install), [CLI.md](CLI.md), [adr/](adr/), [code](../examples/node/worker.ts)",
  );
  expect(html).toContain('<a href="cli.html#install">the command</a>');
  expect(html).toContain('<a href="cli.html">A title</a>');
  expect(html).toContain('<a href="adr-readme.html">A title</a>');
  expect(html).toContain('<a href="examples-node-worker-ts.html">code</a>');
});

test("the description of the API is beside the pages, and a link that leads nowhere stays", () => {
  const { html } = article("# A\n\n[a](openapi.json) [b](GONE.md) [c](https://example.com/?a=1&b=2)");
  expect(html).toContain(
    '<a href="openapi.json">a</a> <a href="GONE.md">b</a> <a href="https://example.com/?a=1&amp;b=2">',
  );
});

test("a picture has the name that the build has given to it, and one that is nowhere stays", () => {
  const images = new Map([["docs/a.svg", { name: "a-DIGEST.svg", content: new Uint8Array() }]]);
  const { html } = toArticle(file("docs/guides/a.md", '# A\n\n![one "A"](../a.svg) ![b](b.svg)'), OTHERS, images);
  expect(html).toContain('<img src="a-DIGEST.svg" alt="one &quot;A&quot;" /> <img src="b.svg" alt="b" />');
});

test("headings have GitHub's ids", () => {
  const { headings } = article(
    "# A\n\n## `GET /v2/`: what, and *why*\n\n## Twice\n\n### Twice\n\n#### [Linked](CLI.md)_1",
  );
  expect(headings.map(({ id }) => id)).toEqual(["get-v2-what-and-why", "twice", "twice-1", "linked_1"]);
  expect(headings.map(({ text }) => text)).toEqual(["GET /v2/: what, and why", "Twice", "Twice", "Linked_1"]);
});

test("the summary is the first sentence, and passages are found by their headings", () => {
  const { summary, passages } = article(
    "# A\n\nOne *thing*. Another.\n\n## B\n\n- a\n- b `c`\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n",
  );
  expect(summary).toBe("One thing.");
  expect(passages.map(({ heading, text }) => [heading?.text ?? null, text])).toEqual([
    [null, "One thing. Another."],
    ["B", "a b c x y; 1 2"],
  ]);
});

test.each([
  ["For operators: what it needs. More.", "For operators: what it needs."],
  [`What ${"a long text ".repeat(5)}says: this, and that. More.`, `What ${"a long text ".repeat(5)}says.`],
])("the summary of %s", (text, summary) => expect(article(`# A\n\n${text}\n`).summary).toBe(summary));

test("a transcript tells what is typed from what is printed", () => {
  expect(highlight("$ curl -d '<a>' \\\n  http://a\n{}\n\n$ b", "console")).toBe(
    [
      `<span class="prompt">$ </span><span class="typed">curl -d '&lt;a&gt;' \\</span>`,
      `<span class="typed">  http://a</span>`,
      `<span class="printed">{}</span>`,
      `<span class="printed"></span>`,
      `<span class="prompt">$ </span><span class="typed">b</span>`,
    ].join("\n"),
  );
});

test("code has colours by the build, and a language that is not known has none", () => {
  expect(highlight('const a = "<";', "ts")).toContain('<span class="hljs-string">&quot;&lt;&quot;</span>');
  expect(highlight("a <- b", "hcl")).toBe("a &lt;- b");
});
