/** The box that leads to a queue, topic or page by its name. */
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Dialog } from "../components/dialog.tsx";
import { Name } from "../components/name.tsx";
import { Tag } from "../components/tag.tsx";
import { places } from "../state/overview.ts";
import { goTo } from "../state/route.ts";
import { hrefOf, type Route } from "../text/routes.ts";
import { navPlaces } from "./nav.tsx";

const SHOWN_MAX = 50;

interface Target {
  readonly text: string;
  readonly kind: string;
  readonly route: Route;
}

export function GoTo({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const id = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = targetsFor(text.trim().toLowerCase());
  const at = Math.min(chosen, found.length - 1);
  const go = (target: Target | undefined): void => {
    if (target === undefined) return;
    onClose();
    goTo(target.route);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || found.length === 0) return;
    event.preventDefault();
    const next = (at + step + found.length) % found.length;
    setChosen(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Dialog title="Go to" isTitleUnseen class="go-to" onClose={onClose} onSubmit={() => go(found[at])}>
      <input
        class="input"
        role="combobox"
        aria-label="Queue, topic or page"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${at}`}
        placeholder="Queue, topic or page"
        autoFocus
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Found">
        {found.map((target, index) => (
          <li
            key={hrefOf(target.route)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => go(target)}
          >
            <Name name={target.text} />
            <Tag>{target.kind}</Tag>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="quiet">Nothing has this in its name.</p>}
    </Dialog>
  );
}

/** Those whose names begin with the text first. */
function targetsFor(text: string): readonly Target[] {
  const all: readonly Target[] = [
    ...navPlaces().map(({ text: name, page }) => ({ text: name, kind: "page", route: { page } })),
    ...places.value.map(({ kind, name }) => ({
      text: name,
      kind,
      route: { page: "place", kind, name, tab: "overview" } as const,
    })),
  ];
  const place = (name: string): number => name.toLowerCase().indexOf(text);
  return all
    .filter(({ text: name }) => place(name) >= 0)
    .toSorted((a, b) => Math.sign(place(a.text)) - Math.sign(place(b.text)))
    .slice(0, SHOWN_MAX);
}
