/** Which tables become cards on a phone, and where long names may break. */
import { lexer, type Tokens } from "marked";
import { describe, expect, test } from "vitest";
import { tableOf } from "../../../docs/site/table.ts";

/** The lines of a table, of which the second one aligns the columns. */
function html(...lines: readonly string[]): string {
  const [table] = lexer(lines.join("\n"));
  return tableOf(table as Tokens.Table, ({ text }) => text);
}

describe("cards", () => {
  test("are rows with a title, whose other cells have the headings of their columns", () => {
    expect(html("| key | value | effect |", "| --- | --- | --- |", '| a | "b" | c |')).toBe(
      '<table class="cards" role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader">key</th>' +
        '<th role="columnheader">value</th><th role="columnheader">effect</th></tr></thead><tbody role="rowgroup">' +
        '<tr role="row"><th scope="row" role="rowheader">a</th><td role="cell" data-label="value">"b"</td>' +
        '<td role="cell" data-label="effect">c</td></tr></tbody></table>',
    );
  });

  test("of two columns need no headings", () => {
    const table = html("| subject | here |", "| --- | --- |", "| what a client asks for | what it gets |");
    expect(table).toContain('<td role="cell">what it gets</td>');
  });

  test("have the headings as text", () => {
    expect(html('| a | `<b>` "c" | d |', "| --- | --- | --- |", "| 1 | 2 | 3 |")).toContain(
      'data-label="&lt;b&gt; &quot;c&quot;"',
    );
  });
});

describe("a table stays one", () => {
  test.each([
    ["of figures", ["| queues | ms |", "| --- | ---: |", "| 1 and very many more | 2 |"]],
    ["of many columns", ["| a | b | c | d | e | f |", "| - | - | - | - | - | - |", "| 1 | 2 | 3 | 4 | 5 | 6 |"]],
    ["of two columns with short names", ["| code | meaning |", "| --- | --- |", "| 1 | a |"]],
  ])("%s", (_, lines) => expect(html(...lines)).not.toContain("cards"));

  test("and figures are aligned", () => {
    expect(html("| a | ms |", "| --- | ---: |", "| 1 | 2 |")).toContain('<td>1</td><td class="n">2</td>');
  });
});

describe("names", () => {
  const cell = (text: string): string =>
    html("| a | n |", "| - | -: |", `| ${text} | 1 |`).replace(/.*<td>(.*)<\/td><td class.*/s, "$1");

  test.each([
    ["KEYSTONE_APPLICATION_CREDENTIAL_ID", "KEYSTONE_<wbr>APPLICATION_<wbr>CREDENTIAL_ID"],
    ["/v2/queues/{queue}/messages", "/v2/queues/{queue}/<wbr>messages"],
    [
      '<a href="adr-0001.html#a_long_name_of_a_heading">x</a>',
      '<a href="adr-0001.html#a_long_name_of_a_heading">x</a>',
    ],
    ["AUTH_STRATEGY", "AUTH_STRATEGY"],
    ["a_name_of_23_characters&amp;a_b", "a_name_of_23_<wbr>characters&amp;a_b"],
    ["a_short_name_", "a_short_name_"],
    ["averylongwordwithoutaseparator", "averylongwordwithoutaseparator"],
  ])("%s", (text, broken) => expect(cell(text)).toBe(broken));
});
