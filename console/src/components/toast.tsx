/** What has succeeded, and what the service notes about it. */
import type { JSX } from "preact";
import { closeToast, toasts } from "../state/toasts.ts";
import { IconButton } from "./button.tsx";
import { Sign } from "./sign.tsx";

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, link, isNotice }) => (
        <p class="toast" key={id}>
          {isNotice === true && <Sign kind="watch" />}
          {text}
          {link !== undefined && <a href={link.href}>{link.text}</a>}
          <IconButton icon="close" label="Close" onPress={() => closeToast(id)} />
        </p>
      ))}
    </div>
  );
}
