/** The box that finds passages of all pages. */
import { excerptOf, type Piece } from "./excerpt.ts";
import { loadFinder, type Find, type Found } from "./finder.ts";

const SHOWN_MAX = 20;

export function addSearch(): void {
  const dialog = document.querySelector<HTMLDialogElement>("dialog#search");
  const button = document.querySelector<HTMLButtonElement>("#to-search");
  if (dialog === null || button === null) return;
  const open = openerOf(dialog);
  button.hidden = false;
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    const isTyping = target instanceof Element && target.closest("input, textarea, select") !== null;
    if (key !== "/" || isTyping || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    open();
  });
  // The backdrop belongs to the dialog itself.
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
}

/** Makes the box work, and returns what opens it. */
function openerOf(dialog: HTMLDialogElement): () => void {
  const [input] = dialog.getElementsByTagName("input");
  const [list] = dialog.getElementsByTagName("ul");
  const status = dialog.querySelector("[role=status]");
  if (input === undefined || list === undefined || status === null) throw new Error("The search has no box.");
  let finder: Promise<Find> | null = null;
  let chosen = 0;

  const choose = (index: number): void => {
    const options = [...list.children];
    chosen = options.length === 0 ? 0 : (index + options.length) % options.length;
    for (const [at, option] of options.entries()) option.setAttribute("aria-selected", String(at === chosen));
    const option = options[chosen];
    option?.scrollIntoView({ block: "nearest" });
    if (option === undefined) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", option.id);
  };
  const show = async (): Promise<void> => {
    const text = input.value.trim();
    const found = text === "" ? [] : (await (finder ??= loadFinder(dialog.dataset["index"] ?? "")))(text);
    // Meanwhile more may have been typed.
    if (text !== input.value.trim()) return;
    list.replaceChildren(...found.slice(0, SHOWN_MAX).map(toOption));
    status.textContent = text === "" || found.length > 0 ? "" : "Nothing has these words.";
    choose(0);
  };
  input.addEventListener("input", () => void show());
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (step !== undefined) choose(chosen + step);
    else list.querySelectorAll("li")[chosen]?.click();
  });
  list.addEventListener("click", ({ target }) => {
    const { href } = (target instanceof Element ? target.closest("li") : null)?.dataset ?? {};
    if (href === undefined) return;
    // It may lead to another part of this page.
    dialog.close();
    location.assign(href);
  });
  return () => {
    dialog.showModal();
    input.select();
    finder ??= loadFinder(dialog.dataset["index"] ?? "");
  };
}

function toOption({ href, title, heading, text, terms }: Found, index: number): HTMLLIElement {
  const option = document.createElement("li");
  option.id = `found-${index}`;
  option.role = "option";
  option.dataset["href"] = href;
  const name = document.createElement("strong");
  name.textContent = heading === "" ? title : heading;
  option.append(name);
  if (heading !== "") {
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = title;
    option.append(label);
  }
  const paragraph = document.createElement("p");
  paragraph.append(...excerptOf(text, terms).map(toNode));
  option.append(paragraph);
  return option;
}

function toNode({ text, isFound }: Piece): Node | string {
  if (!isFound) return text;
  const mark = document.createElement("mark");
  mark.textContent = text;
  return mark;
}
