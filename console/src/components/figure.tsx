/** Figures with their labels above and their meanings below. What is not known is never 0. */
import type { ComponentChildren, JSX } from "preact";
import { amount, type Amount } from "../text/amounts.ts";
import type { Part } from "../text/durations.ts";
import { count, exact } from "../text/numbers.ts";

export function Figures({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <dl class="figures">{children}</dl>;
}

interface FigureProps {
  readonly label: string;
  /** A count as the service has it; null: not known. Or a value in parts, such as a duration. */
  readonly value: Amount | readonly Part[];
  readonly unit?: string;
  readonly write?: (value: number) => string;
  /** The meaning, the period or the instant. */
  readonly why: string;
  /** Gold: it grows where it should not. */
  readonly tone?: "watch" | undefined;
}

export function Figure({ label, value, unit, write = count, why, tone }: FigureProps): JSX.Element {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd class="value" title={typeof value === "number" ? exact(value) : undefined}>
        {isParts(value) ? value.map(PartOf) : amount(value, write)}
        {unit !== undefined && value !== null && <span class="unit"> {unit}</span>}
      </dd>
      <dd class={tone === undefined ? "why" : `why is-${tone}`}>{why}</dd>
    </div>
  );
}

function isParts(value: Amount | readonly Part[]): value is readonly Part[] {
  return Array.isArray(value);
}

function PartOf({ value, unit }: Part, index: number): JSX.Element {
  return (
    <span key={unit}>
      {index > 0 && " "}
      {value}
      <span class="unit"> {unit}</span>
    </span>
  );
}

/** A count in a table: a true 0 and what is not known are grey. `undefined`: it does not apply. */
export function Count({
  value,
  write = count,
}: {
  readonly value: Amount | undefined;
  readonly write?: (value: number) => string;
}): JSX.Element {
  if (value === undefined) return <span class="none">-</span>;
  const isNone = value === null || value === 0;
  return (
    <span
      class={isNone ? "none" : undefined}
      title={typeof value === "number" && value > 999_999 ? exact(value) : undefined}
    >
      {amount(value, write)}
    </span>
  );
}
