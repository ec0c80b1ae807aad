/** Tokens of Markdown as text. */
import type { Token, Tokens } from "marked";

/** What a reader sees of tokens, without marks, and with one space for each break. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map(plain).join("").replaceAll(/\s+/g, " ").trim();
}

function plain(token: Token): string {
  switch (token.type) {
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((cells) => cells.map((cell) => textOf(cell.tokens)).join(" ")).join("; ");
    }
    case "list":
      return (token as Tokens.List).items.map((item) => ` ${textOf(item.tokens)}`).join("");
    case "br":
    case "space":
      return " ";
    case "html":
      return "";
    default: {
      const { tokens } = token as { readonly tokens?: readonly Token[] };
      return tokens === undefined ? (token as Tokens.Text).text : tokens.map(plain).join("");
    }
  }
}
