/** A surface with a title. */
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface PanelProps {
  readonly title: string;
  /** Beside the title. */
  readonly tools?: ComponentChildren;
  /** Whether only readers of the screen get the title. */
  readonly isTitleUnseen?: boolean;
  readonly foot?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Panel({ title, tools, isTitleUnseen, foot, children }: PanelProps): JSX.Element {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <div class={headClass(isTitleUnseen === true, tools !== undefined)}>
        <h2 id={id} class={isTitleUnseen === true ? "unseen" : undefined}>
          {title}
        </h2>
        {tools}
      </div>
      {children}
      {foot !== undefined && <div class="panel-foot">{foot}</div>}
    </section>
  );
}

/** A head without anything to see takes no room. */
function headClass(isTitleUnseen: boolean, hasTools: boolean): string | undefined {
  if (hasTools) return "panel-head tools";
  return isTitleUnseen ? undefined : "panel-head";
}
