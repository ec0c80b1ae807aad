/** What has succeeded, for a few seconds. What failed is said beside what was tried. */
import { signal } from "@preact/signals-core";

/** Milliseconds: long enough to read, and to reach its link. */
const SHOWN_FOR = 8000;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly link?: { readonly text: string; readonly href: string };
}

export const toasts = signal<readonly Toast[]>([]);

let last = 0;

export function toast(text: string, link?: Toast["link"]): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, text, ...(link !== undefined && { link }) }];
  setTimeout(() => closeToast(id), SHOWN_FOR);
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
