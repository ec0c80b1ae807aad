/** The pages of one queue, topic or subscription. They are links: each has an address. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Pixels of the tab before that are shown, so that one sees that there is one. */
const MARGIN = 48;

export interface Tab {
  readonly text: string;
  readonly href: string;
  readonly count?: string | undefined;
  readonly isCurrent: boolean;
}

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }): JSX.Element {
  const nav = useRef<HTMLElement>(null);
  const current = tabs.find(({ isCurrent }) => isCurrent)?.href;
  useLayoutEffect(() => {
    // Phones have no room for all.
    const { current: element } = nav;
    const shown = element?.querySelector<HTMLElement>("[aria-current]");
    if (element != null && shown != null) element.scrollLeft = shown.offsetLeft - element.offsetLeft - MARGIN;
  }, [current]);
  return (
    <nav ref={nav} class="tabs" aria-label={label}>
      {tabs.map(({ text, href, count, isCurrent }) => (
        <a key={href} href={href} aria-current={isCurrent ? "page" : undefined}>
          {text}
          {count !== undefined && <span class="count">{count}</span>}
        </a>
      ))}
    </nav>
  );
}
