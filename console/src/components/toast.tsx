/** What has succeeded. */
import type { JSX } from "preact";
import { closeToast, toasts } from "../state/toasts.ts";
import { IconButton } from "./button.tsx";

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, link }) => (
        <p class="toast" key={id}>
          {text}
          {link !== undefined && <a href={link.href}>{link.text}</a>}
          <IconButton icon="close" label="Close" onPress={() => closeToast(id)} />
        </p>
      ))}
    </div>
  );
}
