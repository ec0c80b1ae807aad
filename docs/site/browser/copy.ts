/** A button on every block of code. Of a transcript it copies what is typed. */
const DONE_MS = 2000;

export function addCopyButtons(): void {
  // Browsers have it only on pages with TLS and on this machine.
  if (!("clipboard" in navigator)) return;
  for (const block of document.querySelectorAll<HTMLElement>("figure.code")) block.append(buttonFor(block));
}

function buttonFor(block: HTMLElement): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small copy";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(textOf(block)).then(() => {
      button.textContent = "Copied";
      button.classList.add("is-done");
      setTimeout(() => {
        button.textContent = "Copy";
        button.classList.remove("is-done");
      }, DONE_MS);
    });
  });
  return button;
}

function textOf(block: HTMLElement): string {
  if (block.dataset["language"] !== "console") return block.querySelector("code")?.textContent ?? "";
  return [...block.querySelectorAll(".typed")].map(({ textContent }) => textContent).join("\n");
}
