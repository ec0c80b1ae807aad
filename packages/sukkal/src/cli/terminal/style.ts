/** Colours. */
import { styleText } from "node:util";
import type { Stream } from "./stream.ts";

export type Style = "strong" | "quiet" | "good" | "warning" | "bad";

/** Colours of the terminal's own palette, so that they suit dark and light ones. */
const FORMATS = { strong: "bold", quiet: "dim", good: "green", warning: "yellow", bad: "red" } as const;

export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: none unless it is a terminal that has them and `NO_COLOR` is unset. `FORCE_COLOR` wins over both. */
export function painter(stream: Pick<Stream, "isTTY" | "hasColors">, env: NodeJS.ProcessEnv): Paint {
  const forced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const hasColours = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && stream.hasColors?.(env) === true;
  if (!forced && !hasColours) return (_, text) => text;
  return (style, text) => styleText(FORMATS[style], text);
}
