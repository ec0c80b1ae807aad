/** The head of a page: where it is, its title and its actions. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";

interface HeadProps {
  readonly title: ComponentChildren;
  /** Of the window, where the title is not a text. */
  readonly name: string;
  readonly crumbs?: readonly { readonly text: string; readonly href?: string }[];
  readonly lead?: ComponentChildren;
  readonly actions?: ComponentChildren;
}

export function Head({ title, name, crumbs, lead, actions }: HeadProps): JSX.Element {
  useEffect(() => {
    document.title = `${name} - Sukkal`;
  }, [name]);
  return (
    <div>
      {crumbs !== undefined && (
        <nav aria-label="Where this page is">
          <ol class="crumbs">
            {crumbs.map(({ text, href }) => (
              <li key={text} aria-current={href === undefined ? "page" : undefined}>
                {href === undefined ? text : <a href={href}>{text}</a>}
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div class="head head-compact">
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p class="second">{lead}</p>}
        </div>
        {actions !== undefined && <div class="row">{actions}</div>}
      </div>
    </div>
  );
}
