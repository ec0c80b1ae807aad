/** Whether somebody may be looking. A hidden page asks for nothing. */
import { signal } from "@preact/signals-core";

export const isVisible = signal(!document.hidden);

document.addEventListener("visibilitychange", () => {
  isVisible.value = !document.hidden;
});
