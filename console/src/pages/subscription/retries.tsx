/** How far notifications have come: a cell for each attempt, with how many wait for it, and those that were given up. */
import type { JSX } from "preact";
import { Panel } from "../../components/panel.tsx";
import { exact } from "../../text/numbers.ts";
import { counted } from "../../text/words.ts";
import type { SubscriptionData } from "./subscription-data.ts";

/** Longer policies have several attempts in a cell. */
const CELLS_MAX = 24;

interface Cell {
  readonly first: number;
  readonly last: number;
  readonly waiting: number;
}

export function Retries({
  data: { report, pending, failed },
}: {
  readonly data: SubscriptionData;
}): JSX.Element | null {
  const last = Math.max(0, ...failed.map(({ attempts }) => attempts), ...pending.map(({ attempts }) => attempts + 1));
  if (last < 2) return null;
  const cells = cellsOf(
    pending.map(({ attempts }) => attempts + 1),
    last,
  );
  const all = report.pending > pending.length ? `the first ${exact(pending.length)} of ` : "";
  return (
    <Panel
      title="Retries"
      tools={
        <span class="label">how many wait for each attempt, of {all + counted(report.pending, "notification")}</span>
      }
    >
      <ol class="retries panel-body" aria-label="Attempts">
        {cells.map(({ first, last: end, waiting }) => (
          <li key={first} class={waiting > 0 ? "is-watch" : undefined}>
            <span class="unseen">{first === end ? `attempt ${first}` : `attempts ${first} to ${end}`}: </span>
            <b>{waiting > 0 ? exact(waiting) : <span class="unseen">none</span>}</b>
            <span class="label" aria-hidden="true">
              {first}
            </span>
          </li>
        ))}
        {report.redeliverable > 0 && (
          <li class="is-act">
            <b>{exact(report.redeliverable)}</b>
            <span class="label">given up</span>
          </li>
        )}
      </ol>
    </Panel>
  );
}

/** `waiting`: the number of the next attempt of each notification. */
function cellsOf(waiting: readonly number[], last: number): readonly Cell[] {
  const size = Math.ceil(last / CELLS_MAX);
  return Array.from({ length: Math.ceil(last / size) }, (_, index) => {
    const first = index * size + 1;
    const end = Math.min(last, first + size - 1);
    return { first, last: end, waiting: waiting.filter((attempt) => attempt >= first && attempt <= end).length };
  });
}
