/** A button that opens a list of actions. */
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

export interface MenuItem {
  readonly text: string;
  readonly onPress: () => void;
  readonly isChosen?: boolean;
  /** Why the service would refuse it; null: it would not. */
  readonly refusal?: string | null;
}

interface MenuProps {
  /** What readers of the screen hear. */
  readonly label: string;
  readonly children: ComponentChildren;
  /** Above the actions. */
  readonly head?: ComponentChildren;
  readonly items: readonly MenuItem[];
  /** Beside the words. The opener looks like a button of the page then. */
  readonly icon?: Parameters<typeof Icon>[0]["name"] | undefined;
  /** Why the service would refuse all of them; null: it would not. */
  readonly refusal?: string | null;
}

export function Menu({ label, children, head, items, icon, refusal = null }: MenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isOpen) return;
    itemsOf(menu.current)[0]?.focus();
    const close = (event: Event): void => {
      if (event.target instanceof Node && !(menu.current?.contains(event.target) ?? false)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      setOpen(false);
      opener.current?.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || !isOpen) return;
    event.preventDefault();
    const all = itemsOf(menu.current);
    const at = all.findIndex((item) => item === document.activeElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu" ref={menu} onKeyDown={onKeyDown}>
      <button
        ref={opener}
        class={icon === undefined ? "button button-bare button-small" : "button"}
        type="button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={label}
        aria-disabled={refusal === null ? undefined : "true"}
        title={refusal ?? undefined}
        onClick={() => setOpen(!isOpen && refusal === null)}
      >
        <OpenerContent icon={icon}>{children}</OpenerContent>
      </button>
      {isOpen && (
        <div class="menu-list">
          {head}
          <div role="menu" aria-label={label}>
            {items.map((item) => (
              <Item
                key={item.text}
                item={item}
                onChosen={() => {
                  setOpen(false);
                  opener.current?.focus();
                }}
              />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function OpenerContent({ icon, children }: Pick<MenuProps, "icon" | "children">): JSX.Element {
  if (icon === undefined)
    return (
      <>
        {children}
        <Icon name="down" />
      </>
    );
  return (
    <>
      <Icon name={icon} />
      <span class="word">{children}</span>
    </>
  );
}

interface ItemProps {
  readonly item: MenuItem;
  readonly onChosen: () => void;
}

function Item({ item: { text, onPress, isChosen, refusal = null }, onChosen }: ItemProps): JSX.Element {
  return (
    <button
      type="button"
      role={isChosen === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={isChosen}
      aria-disabled={refusal === null ? undefined : "true"}
      title={refusal ?? undefined}
      onClick={() => {
        if (refusal !== null) return;
        onChosen();
        onPress();
      }}
    >
      {text}
      {isChosen === true && <Icon name="check" />}
    </button>
  );
}

function itemsOf(menu: HTMLElement | null): readonly HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
}
