/** The list of messages: one stop of the tab key, with arrows, j and k inside; x selects. */
import type { JSX } from "preact";
import { useKeys } from "../../../components/keys.tsx";
import { useRowKeys } from "../../../components/use-row-keys.ts";
import { Tag } from "../../../components/tag.tsx";
import { now } from "../../../state/clock.ts";
import { briefDuration } from "../../../text/durations.ts";
import { instant, machineTime } from "../../../text/instants.ts";
import type { PlaceKind } from "../../../text/routes.ts";
import { attemptsOf, expiryOf, stateOf, type MessageState } from "./message-state.ts";
import type { PeekedRow } from "./peek.ts";

/** Characters of a body in its row. A row has no room for more. */
const PREVIEW_MAX = 200;

interface MessageTableProps {
  readonly kind: PlaceKind;
  readonly rows: readonly PeekedRow[];
  readonly openId: string | null;
  readonly selected: ReadonlySet<string>;
  readonly maySelect: boolean;
  readonly onOpen: (id: string) => void;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  /** Whether the pointer or the focus is in the table. */
  readonly onInside: (isInside: boolean) => void;
}

export function MessageTable(props: MessageTableProps): JSX.Element {
  const { kind, rows, openId, selected, maySelect, onSelect, onInside } = props;
  const { body, at, setCurrent, isIn, onKeyDown } = useRowKeys<HTMLTableSectionElement>(rows.length);
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  useKeys({
    x: () => {
      const { message } = rows[at] ?? {};
      if (maySelect && isIn() && message !== undefined) toggle(message.id);
    },
  });
  return (
    <table
      class="table messages"
      onPointerEnter={() => onInside(true)}
      onPointerLeave={() => onInside(isIn())}
      onFocusCapture={() => onInside(true)}
      onBlurCapture={() => onInside(false)}
    >
      <caption class="unseen">Messages in the order in which claims get them</caption>
      <TableHead {...props} />
      <tbody ref={body} onKeyDown={onKeyDown}>
        {rows.map((row, index) => (
          <MessageRow
            key={row.message.id}
            kind={kind}
            row={row}
            isOpen={row.message.id === openId}
            isCurrent={index === at}
            isSelected={selected.has(row.message.id)}
            maySelect={maySelect}
            onOpen={() => props.onOpen(row.message.id)}
            onToggle={() => toggle(row.message.id)}
            onFocus={() => setCurrent(index)}
          />
        ))}
      </tbody>
    </table>
  );
}

function TableHead({ kind, rows, selected, maySelect, onSelect }: MessageTableProps): JSX.Element {
  const ids = rows.map(({ message }) => message.id);
  const isAll = ids.every((id) => selected.has(id));
  return (
    <thead>
      <tr>
        {maySelect && (
          <td>
            <input
              type="checkbox"
              aria-label={`Select all ${ids.length} of this page`}
              checked={isAll}
              onChange={() => onSelect(new Set(isAll ? [] : ids))}
            />
          </td>
        )}
        <th scope="col" title="When it was posted. A message that was sent back keeps this time">
          Posted
        </th>
        {kind === "queue" && (
          <th scope="col" title="Free: a claim can get it now">
            State
          </th>
        )}
        {kind === "queue" && (
          <th scope="col" class="n at-desk" title="How often it was claimed, with the claim that holds it">
            Claims
          </th>
        )}
        <th scope="col" class="n at-desk" title="How long it is kept">
          Expires in
        </th>
        <th scope="col" title="The beginning of the body">
          Body
        </th>
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly kind: PlaceKind;
  readonly row: PeekedRow;
  readonly isOpen: boolean;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly maySelect: boolean;
  readonly onOpen: () => void;
  readonly onToggle: () => void;
  readonly onFocus: () => void;
}

function MessageRow({ kind, row: { message, isGone }, maySelect, ...row }: RowProps): JSX.Element {
  const { id, created, bodyText } = message;
  const time = created.getTime();
  return (
    <tr
      class={[row.isOpen ? "is-open" : "", isGone ? "is-old" : ""].join(" ")}
      aria-current={row.isOpen ? "true" : undefined}
    >
      {maySelect && (
        <td class="select-cell">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select message ${id}`}
            checked={row.isSelected}
            onChange={row.onToggle}
          />
        </td>
      )}
      <th scope="row">
        <button
          class="link row-link id"
          type="button"
          tabIndex={row.isCurrent ? 0 : -1}
          data-message={id}
          onClick={row.onOpen}
          onFocus={row.onFocus}
        >
          <time dateTime={machineTime(time)}>{instant(time, now.value)}</time>
          <span class="unseen"> message {id}</span>
        </button>
      </th>
      {kind === "queue" && (
        <td>{isGone ? <span class="quiet">gone</span> : <StateTag state={stateOf(message, now.value)} />}</td>
      )}
      {kind === "queue" && <td class="n at-desk">{attemptsOf(message, now.value)}</td>}
      <td class="n at-desk">{briefDuration(Math.max(0, expiryOf(message) - now.value))}</td>
      <td class="fill code">
        <bdi class="preview">{bodyText.slice(0, PREVIEW_MAX)}</bdi>
      </td>
    </tr>
  );
}

export function StateTag({ state }: { readonly state: MessageState }): JSX.Element {
  return state === "claimed" ? <Tag tone="held">claimed</Tag> : <span class="quiet">{state}</span>;
}
