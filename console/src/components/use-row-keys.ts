/** Rows are one stop of the tab key, with arrows, j and k inside. Each has an element of the class `row-link`. */
import type { RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { useKeys } from "./keys.tsx";

export interface RowKeys<E extends HTMLElement> {
  /** Of the element around the rows. */
  readonly body: RefObject<E>;
  /** The row that the tab key leads to. */
  readonly at: number;
  readonly setCurrent: (index: number) => void;
  /** Whether the focus is in one of the rows. */
  readonly isIn: () => boolean;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export function useRowKeys<E extends HTMLElement>(length: number): RowKeys<E> {
  const body = useRef<E>(null);
  const [current, setCurrent] = useState(0);
  const at = Math.min(current, length - 1);
  const isIn = (): boolean => body.current?.contains(document.activeElement) ?? false;
  const focus = (index: number): void => {
    const links = body.current?.querySelectorAll<HTMLElement>(".row-link") ?? [];
    links[Math.max(0, Math.min(index, links.length - 1))]?.focus();
  };
  useKeys({ j: () => focus(isIn() ? at + 1 : at), k: () => focus(isIn() ? at - 1 : at) });
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    focus(target);
  };
  return { body, at, setCurrent, isIn, onKeyDown };
}
