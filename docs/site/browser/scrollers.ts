/** Whatever is wider than the window can be reached by keyboard, and only then. */
export function reachScrollers(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });
  for (const element of document.querySelectorAll(".scroll, pre")) observer.observe(element);
}
