/** Whatever is wider than the window can be reached by keyboard, with a name that says so, and only then. */
export function reachScrollers(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) {
        target.setAttribute("tabindex", "0");
        target.setAttribute("role", "group");
        target.setAttribute("aria-label", `${target.matches("pre") ? "Code" : "Table"}, scrolls sideways`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
      }
    }
  });
  for (const element of document.querySelectorAll(".scroll, pre")) observer.observe(element);
}
