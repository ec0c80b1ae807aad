/** What is not there: an answer, a right, an entry. */
import type { ComponentChildren, JSX } from "preact";
import { SukkalError } from "sukkal/client";
import { CopyButton } from "./button.tsx";
import { Sign, type SignKind } from "./sign.tsx";

interface NoticeProps {
  readonly tone?: "act" | "watch";
  readonly sign?: SignKind;
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Notice({ tone, sign, action, children }: NoticeProps): JSX.Element {
  return (
    <div class={tone === undefined ? "notice" : `notice notice-${tone}`} role={tone === "act" ? "alert" : undefined}>
      {(sign ?? tone) !== undefined && <Sign kind={sign ?? tone ?? null} />}
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Why buttons above it are disabled, each reason once. null: there is none. */
export function Refusals({ reasons }: { readonly reasons: readonly (string | null)[] }): JSX.Element | null {
  const texts = new Set(reasons.filter((reason) => reason !== null));
  return texts.size === 0 ? null : <Notice>{[...texts].join(" ")}</Notice>;
}

/** What did not happen, why, and what the service's log has of it. `what`: "The queue was not created". */
export function Failure({ what, error }: { readonly what: string; readonly error: unknown }): JSX.Element {
  const why = error instanceof Error ? error.message : String(error);
  const details =
    error instanceof SukkalError
      ? [error.code, ...(error.requestId === null ? [] : [`request ${error.requestId.replace(/^req-/, "")}`])].join(
          ", ",
        )
      : "";
  const whole = `${what}: ${why}${details === "" ? "" : ` (${details})`}`;
  return (
    <Notice tone="act" action={<CopyButton text={whole} label="Copy details" />}>
      <strong>{what}:</strong> {why}
      {details !== "" && <span class="second"> ({details})</span>}
    </Notice>
  );
}

/** An empty place, with what to do next. */
export function Nothing({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <div class="nothing">{children}</div>;
}

/** The shape of what is loaded, so that nothing jumps. It appears after 300 ms. */
export function Bones({ rows }: { readonly rows: number }): JSX.Element {
  return (
    <table class="table late" aria-hidden="true">
      <tbody>
        {Array.from({ length: rows }, (_, row) => (
          <tr key={row}>
            <td class="fill">
              <span class="bone" />
            </td>
            <td class="n">
              <span class="bone bone-short" />
            </td>
            <td class="n">
              <span class="bone bone-short" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
