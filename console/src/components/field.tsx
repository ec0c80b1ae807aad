/** What can be filled in or chosen. */
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "password";
  readonly hint?: ComponentChildren;
  /** Why the value cannot be used. */
  readonly error?: string | undefined;
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly inputmode?: "numeric";
  readonly isCode?: boolean;
  readonly hasFocus?: boolean;
  /** The hint says why. */
  readonly isDisabled?: boolean | undefined;
}

/** A text. Names, keys and bodies are nothing to correct, so spelling is not checked. */
export function Field(props: FieldProps): JSX.Element {
  const { label, value, onInput, hint, error, isCode, hasFocus, isDisabled, ...rest } = props;
  const id = useId();
  const below = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class={isCode === true ? "input code" : "input"}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        aria-describedby={below === undefined ? undefined : `${id}-hint`}
        aria-invalid={error !== undefined}
        autoFocus={hasFocus === true}
        disabled={isDisabled === true}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        {...rest}
      />
      {below !== undefined && (
        <p class={error === undefined ? "label" : "label is-act"} id={`${id}-hint`}>
          {below}
        </p>
      )}
    </div>
  );
}

interface OptionProps {
  /** Of the options that exclude each other. */
  readonly group: string;
  readonly text: ComponentChildren;
  readonly hint?: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** One of a few that need a sentence. */
export function Option({ group, text, hint, isChosen, onChoose }: OptionProps): JSX.Element {
  return (
    <label class="option">
      <input type="radio" name={group} checked={isChosen} onChange={onChoose} />
      <span>{text}</span>
      {hint !== undefined && <span class="label">{hint}</span>}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

/** One of a few. */
export function Choice<T extends string>({ label, options, value, onChoose }: ChoiceProps<T>): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChoose(option.value)}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** A filter of what is below. `/` leads to it. */
export function Search({ label, value, onInput }: SearchProps): JSX.Element {
  const id = useId();
  return (
    <div class="search">
      <Icon name="search" />
      <label class="unseen" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="input"
        type="search"
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        aria-keyshortcuts="/"
        data-filter
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (value === "") event.currentTarget.blur();
          else onInput("");
        }}
      />
      <kbd class="at-desk">/</kbd>
    </div>
  );
}
