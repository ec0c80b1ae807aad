/** The theme: the system's, unless the reader has chosen one, which this browser then keeps. */
import { effect, signal } from "@preact/signals-core";

export const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "sukkal.theme";

export const theme = signal<Theme>(THEMES.find((name) => name === localStorage.getItem(KEY)) ?? "system");

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
}

/** Shows the theme, now and after each change. */
export function applyTheme(): void {
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === "system") {
      delete dataset["theme"];
      localStorage.removeItem(KEY);
    } else {
      dataset["theme"] = theme.value;
      localStorage.setItem(KEY, theme.value);
    }
  });
}
