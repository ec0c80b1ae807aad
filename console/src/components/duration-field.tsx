/** A duration, typed in the same way everywhere. A number without a unit is in seconds, so the field says what it means. */
import type { ComponentChildren, JSX } from "preact";
import { setDuration } from "../text/durations.ts";
import { DURATION_FORM, parseDuration } from "../text/parse.ts";
import { Field } from "./field.tsx";

interface DurationFieldProps {
  readonly label: string;
  /** As it was typed. */
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint: ComponentChildren;
  readonly isDisabled?: boolean;
}

export function DurationField({ value, hint, ...rest }: DurationFieldProps): JSX.Element {
  const seconds = durationOf(value);
  const meaning = /^\s*\d+\s*$/.test(value) && seconds != null ? `${setDuration(seconds)}. ` : "";
  return (
    <Field
      {...rest}
      value={value}
      error={seconds === null ? DURATION_FORM : undefined}
      hint={
        <>
          {meaning}
          {hint}
        </>
      }
    />
  );
}

/** Seconds; undefined: nothing was typed. null: it is no duration. */
export function durationOf(text: string): number | undefined | null {
  return text.trim() === "" ? undefined : parseDuration(text);
}
