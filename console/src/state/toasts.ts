/** What has succeeded, for a few seconds, and what the service notes about it. What failed is said beside what was tried. */
import { signal } from "@preact/signals-core";
import { capital } from "../text/words.ts";

/** Milliseconds: long enough to read, and to reach its link. */
const SHOWN_FOR = 8000;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly link?: { readonly text: string; readonly href: string };
  /** It is a mistake, probably, so it stays until somebody closes it. */
  readonly isNotice?: boolean;
}

export const toasts = signal<readonly Toast[]>([]);

let last = 0;

export function toast(text: string, link?: Toast["link"]): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, text, ...(link !== undefined && { link }) }];
  setTimeout(() => closeToast(id), SHOWN_FOR);
}

/** `text`: of a `Sukkal-Notice`, without a full stop. */
export function showNotice(text: string): void {
  const sentence = `${capital(text)}.`;
  if (toasts.value.some((each) => each.text === sentence)) return;
  toasts.value = [...toasts.value, { id: ++last, text: sentence, isNotice: true }];
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}
