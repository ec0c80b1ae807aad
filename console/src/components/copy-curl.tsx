/** Copies what the page shows as a request of a terminal. */
import type { JSX } from "preact";
import { curlOf } from "../state/curl.ts";
import { CopyButton } from "./button.tsx";

/** `path`: such as `v2/overview`. */
export function CopyCurl({ path }: { readonly path: string }): JSX.Element {
  return <CopyButton text={curlOf(path)} label="Copy as curl" />;
}
