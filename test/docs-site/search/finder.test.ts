/** What the search finds, and how it shows it. */
import { expect, test } from "vitest";
import { excerptOf } from "../../../docs/site/browser/excerpt.ts";
import { finderOf } from "../../../docs/site/browser/finder.ts";
import { inOurWords } from "../../../docs/site/browser/other-words.ts";

const find = await finderOf([
  ["adr-0001-a.html", "1. Dead letters", "", "Why they are transfers."],
  ["guides-dead-letters.html", "Dead letters", "", "Messages that fail."],
  ["guides-dead-letters.html#redrive", "Dead letters", "Redrive", "Sends them back with _max_claim_count."],
  ["cli.html#claims", "The command line", "Claims and consumers", "A claim takes messages, and a letter is none."],
]);

function hrefs(text: string): readonly string[] {
  return find(text).map(({ href }) => href);
}

test("all words have to be there, by their beginnings too", () => {
  expect(hrefs("clai consu")).toEqual(["cli.html#claims"]);
  expect(hrefs("message fails")).toEqual(["guides-dead-letters.html"]);
});

test("words of one passage each are found where no passage has all, and nothing where none has any", () => {
  expect(hrefs("consumers redrive").toSorted()).toEqual(["cli.html#claims", "guides-dead-letters.html#redrive"]);
  expect(hrefs("xyzzyqqq")).toEqual([]);
});

test("a question is found by its nouns, in singular or plural", () => {
  expect(hrefs("How do I redrive")).toEqual(["guides-dead-letters.html#redrive"]);
  expect(hrefs("consumer of claim")).toEqual(["cli.html#claims"]);
  expect(hrefs("what is")).toEqual(hrefs("is"));
});

test("what is so comes before why it is so", () => {
  expect(hrefs("dead letters")[0]).toBe("guides-dead-letters.html");
  expect(hrefs("dead letters").at(-1)).toBe("adr-0001-a.html");
});

test("a heading counts more than a text", () => {
  expect(hrefs("redrive")[0]).toBe("guides-dead-letters.html#redrive");
});

test.each(["_max_claim_count", "max_claim", "claim_count", "count"])("%s finds the name of a key", (text) => {
  expect(hrefs(text)).toContain("guides-dead-letters.html#redrive");
});

test("words that are almost those are found only where none are those", () => {
  expect(hrefs("redrve")).toEqual(["guides-dead-letters.html#redrive"]);
  expect(hrefs("fail")).toEqual(["guides-dead-letters.html"]);
});

test("words of other services find ours first, and then themselves", () => {
  expect(hrefs("DLQ")[0]).toBe("guides-dead-letters.html");
  expect(hrefs("receive")[0]).toBe("cli.html#claims");
  expect(inOurWords("Visibility timeout")).toBe("lease");
  expect(inOurWords("log in")).toBe("authentication");
  expect(inOurWords("login")).toBe("authentication");
  expect(inOurWords("package")).toBe("package");
  expect(inOurWords("priorities")).toBe("priority");
  expect(inOurWords("How do I nack?")).toBe("how do i release claim?");
});

test("an excerpt begins near the first word, and marks all of them", () => {
  const text = `${"word ".repeat(40)}a claim of messages, which claims ${"more ".repeat(40)}`;
  const pieces = excerptOf(text, ["claim", "claims"]);
  expect(pieces[0]?.text).toMatch(/^… word/);
  expect(pieces.filter(({ isFound }) => isFound).map((piece) => piece.text)).toEqual(["claim", "claims"]);
  expect(pieces.at(-1)?.text).toMatch(/ …$/);
  expect(pieces.map((piece) => piece.text).join("").length).toBeLessThan(170);
});

test("an excerpt of a text without the words is its beginning", () => {
  expect(excerptOf("Short.", ["claim"])).toEqual([{ text: "Short.", isFound: false }]);
  expect(excerptOf("", ["claim"])).toEqual([]);
  expect(excerptOf("Reclaim it.", ["claim"])).toEqual([{ text: "Reclaim it.", isFound: false }]);
});
