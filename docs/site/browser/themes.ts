/** The choice of a theme, kept where the console keeps it. */
const KEY = "sukkal.theme";

export function addThemes(): void {
  const select = document.querySelector<HTMLSelectElement>("#theme");
  if (select === null) return;
  const { dataset } = document.documentElement;
  select.value = dataset["theme"] ?? "system";
  select.closest("label")?.removeAttribute("hidden");
  select.addEventListener("change", () => {
    if (select.value === "system") {
      delete dataset["theme"];
      localStorage.removeItem(KEY);
    } else {
      dataset["theme"] = select.value;
      localStorage.setItem(KEY, select.value);
    }
  });
}
