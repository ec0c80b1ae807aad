/** Bodies that people type, pipe or keep in files. */
import { JsonText } from "../../json-text.ts";
import { EXIT, Failure } from "../exit-code.ts";

const EXCERPT = 40;

/** `origin`: where it is from, for errors. `isTyped`: it is an argument of the command line. */
export function toBody(
  text: string,
  {
    isText,
    origin,
    isTyped = false,
  }: { readonly isText: boolean; readonly origin: string; readonly isTyped?: boolean },
): JsonText {
  if (isText) return new JsonText(JSON.stringify(text));
  try {
    return new JsonText(text.trim());
  } catch {
    const trimmed = text.trim();
    const excerpt = trimmed.length > EXCERPT ? `${trimmed.slice(0, EXCERPT)}…` : trimmed;
    const what = trimmed === "" ? "is empty." : `is no JSON: "${excerpt}".`;
    throw new Failure(`${origin} ${what}`, {
      exitCode: isTyped ? EXIT.usage : EXIT.refused,
      hint: "A body is JSON. With --text it is a string.",
    });
  }
}

/** JSON on one line, with the same value. In JSON a line break is never part of a string. */
export function onJsonLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
