/** Buttons. A page has one main one at most. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

export interface ButtonProps {
  readonly kind?: "main" | "bare" | "danger" | "toward-danger" | undefined;
  readonly icon?: Parameters<typeof Icon>[0]["name"];
  readonly isSmall?: boolean;
  readonly type?: "button" | "submit";
  /** What it is doing now, as a verb in -ing; null: nothing. It keeps its width meanwhile. */
  readonly busy?: string | null;
  /** The reason is beside the button, where everybody can read it. */
  readonly isDisabled?: boolean;
  /** Why the service would refuse it, shown on hover and read aloud; null: it would not. */
  readonly refusal?: string | null;
  readonly onPress?: () => void;
  readonly label?: string;
  readonly keys?: string;
  readonly children: ComponentChildren;
}

export function Button(props: ButtonProps): JSX.Element {
  const { kind, icon, isSmall, type = "button", busy = null, isDisabled, refusal = null, label, keys } = props;
  const isIdle = busy === null && refusal === null;
  const button = useRef<HTMLButtonElement>(null);
  const classes = ["button", kind === undefined ? "" : `button-${kind}`, isSmall === true ? "button-small" : ""];
  useEffect(() => {
    // Set by the object model, which the policy of the page allows, unlike a style attribute.
    const element = button.current;
    if (element === null) return;
    element.style.minWidth = busy === null ? "" : `${element.offsetWidth}px`;
  }, [busy]);
  return (
    <button
      ref={button}
      class={classes.filter(Boolean).join(" ")}
      type={type}
      disabled={isDisabled === true}
      aria-disabled={refusal === null ? undefined : "true"}
      title={refusal ?? undefined}
      aria-busy={busy !== null}
      aria-label={label}
      aria-keyshortcuts={keys}
      onClick={isIdle ? props.onPress : (event) => event.preventDefault()}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span class="word">{busy ?? props.children}</span>
    </button>
  );
}

/** A button that is only a glyph. */
export function IconButton({
  icon,
  label,
  onPress,
}: {
  readonly icon: Parameters<typeof Icon>[0]["name"];
  readonly label: string;
  readonly onPress: () => void;
}): JSX.Element {
  return (
    <button class="button button-icon" type="button" aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label = "Copy" }: { readonly text: string; readonly label?: string }): JSX.Element {
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [isDone]);
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => setDone(true));
  return (
    <Button isSmall icon={isDone ? "check" : "copy"} onPress={copy}>
      {isDone ? "Copied" : label}
    </Button>
  );
}
