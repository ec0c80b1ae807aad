/** The sentence at the head of a page. A page that is well has none. */
import type { ComponentChildren, JSX } from "preact";
import { Icon } from "./icon.tsx";
import { Name } from "./name.tsx";
import { Sign } from "./sign.tsx";
import { Since } from "./time.tsx";

interface VerdictProps {
  readonly severity: "act" | "watch";
  /** "Falls behind since 02:29." */
  readonly head: string;
  readonly children: ComponentChildren;
  /** What happens next, and what helps. */
  readonly more?: ComponentChildren;
  readonly action?: ComponentChildren;
}

export function Verdict({ severity, head, children, more, action }: VerdictProps): JSX.Element {
  return (
    <section class={`verdict verdict-${severity}`} aria-label={head}>
      <Sign kind={severity} />
      <p class="lead">
        <strong>{head}</strong> {children}
      </p>
      {action}
      {more !== undefined && <p class="more">{more}</p>}
    </section>
  );
}

export interface Need {
  readonly severity: "act" | "watch";
  readonly subject: string;
  readonly sentence: string;
  readonly href: string;
  readonly since: number | null;
}

/** What needs somebody in a project: the worst first, a few lines. */
export function Needs({ needs }: { readonly needs: readonly Need[] }): JSX.Element {
  return (
    <section class="panel" aria-label="Needs you, worst first">
      <ul class="needs">
        {needs.map(({ severity, subject, sentence, href, since }) => (
          <li key={subject + sentence}>
            <Sign kind={severity} />
            <p>
              <a href={href}>
                <Name name={subject} />
              </a>{" "}
              {sentence}
            </p>
            {since === null ? <span /> : <span class="since">{<Since at={since} />}</span>}
            <Icon name="right" />
          </li>
        ))}
      </ul>
    </section>
  );
}
