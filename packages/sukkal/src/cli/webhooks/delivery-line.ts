/** One line for a delivery, at once: a table would wait for the widths of its columns. */
import { columnsOf, cut, onOneLine } from "../terminal/display-text.ts";
import type { Output } from "../terminal/output.ts";
import { instant } from "../terminal/units.ts";

/** Characters of a body of which the width is computed: more than a terminal has columns. */
const BODY_SHOWN_MAX = 1000;
/** Columns of a terminal for a body, however long the rest of the line is. */
const BODY_COLUMNS_MIN = 20;

export interface DeliveryLine {
  readonly at: Date;
  readonly isGood: boolean;
  /** What a person reads before the body. */
  readonly shown: readonly string[];
  /** What a program reads between the time and the body. */
  readonly values: readonly (string | number | null)[];
  readonly bodyText: string;
  /** JSON of all of it, with the exact body. */
  readonly json: () => string;
}

export async function printDelivery(output: Output, line: DeliveryLine): Promise<void> {
  const { at, isGood, shown, values, bodyText, json } = line;
  if (output.isJson) return output.line(json());
  if (!output.isTerminal)
    return output.line(
      [at.toISOString(), ...values, bodyText].map((value) => onOneLine(String(value ?? ""))).join("\t"),
    );
  const mark = isGood ? output.paint("good", "✓") : output.paint("bad", "✗");
  const head = onOneLine([instant(at).slice(11), ...shown].join("  "));
  const room = Math.max(BODY_COLUMNS_MIN, output.columns - columnsOf(head) - 4);
  const body = cut(onOneLine(bodyText.slice(0, BODY_SHOWN_MAX)), room);
  await output.line(`${mark} ${head}  ${output.paint("quiet", body)}`);
}
