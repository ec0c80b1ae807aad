/** The messages of a queue or topic, in their order, as they are: looking takes nothing. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../../components/button.tsx";
import { Choice, Search } from "../../../components/field.tsx";
import { useKeys } from "../../../components/keys.tsx";
import { Bones, Failure, Nothing } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { now } from "../../../state/clock.ts";
import { mayWrite, refusalOf } from "../../../state/service.ts";
import { amount } from "../../../text/amounts.ts";
import { count, exact } from "../../../text/numbers.ts";
import { counted } from "../../../text/words.ts";
import type { PlaceData } from "../place-data.ts";
import { DeleteMessages } from "./delete-messages.tsx";
import { MessagePanel } from "./message-panel.tsx";
import { stateOf, type MessageState, type PeekedMessage } from "./message-state.ts";
import { MessageTable } from "./message-table.tsx";
import { PAGE_SIZE, usePeek, useRows, type PeekedRow } from "./peek.ts";

const STATES = { all: "All", free: "Free", claimed: "Claimed", delayed: "Delayed" } as const;
type Filter = { readonly state: "all" | MessageState; readonly text: string };
const EVERYTHING: Filter = { state: "all", text: "" };

interface PlaceProps {
  readonly place: PlaceData;
}

export function MessagesPage({ place }: PlaceProps): JSX.Element {
  const list = useMessageList(place);
  const { poll, rows, open, setOpen, deleting, setDeleting } = list;
  useKeys({ Escape: () => setOpen(null) });
  return (
    <div class={open === null ? "desk" : "desk is-open"}>
      <Panel
        title="Messages"
        isTitleUnseen
        tools={<Tools place={place} filter={list.filter} onFilter={list.setFilter} />}
        foot={<Foot place={place} list={list} />}
      >
        {poll.failure.value !== null && <Failure what="The messages were not read" error={poll.failure.value} />}
        <List place={place} list={list} />
      </Panel>
      {open !== null && (
        <MessagePanel
          key={open.message.id}
          place={place}
          row={open}
          onClose={() => setOpen(null)}
          onMove={(step) => setOpen(rows[rows.indexOf(open) + step]?.message.id ?? open.message.id)}
          onDelete={() => setDeleting([open])}
        />
      )}
      {deleting !== null && (
        <DeleteMessages place={place} rows={deleting} onClose={() => setDeleting(null)} onDone={list.refresh} />
      )}
    </div>
  );
}

type MessageList = ReturnType<typeof useMessageList>;

/** What is shown of the list, and what the reader has opened, selected and wants to delete. */
function useMessageList(place: PlaceData) {
  // The ids of the last messages of the pages before this one.
  const [markers, setMarkers] = useState<readonly string[]>([]);
  const [filter, setFilter] = useState(EVERYTHING);
  const [openId, setOpen] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isInside, setInside] = useState(false);
  const [deleting, setDeleting] = useState<readonly PeekedRow[] | null>(null);
  const marker = markers.at(-1) ?? null;
  const poll = usePeek(place, marker);
  const isStill = isInside || openId !== null || selected.size > 0;
  const all = useRows(poll.answer.value, `${place.kind}/${place.name}/${marker}`, isStill);
  useFocusBack(openId);
  const reset = (): void => {
    setSelected(new Set());
    setOpen(null);
    setInside(false);
  };
  const turn = (next: readonly string[]): void => {
    setMarkers(next);
    reset();
  };
  const refresh = (): void => {
    reset();
    poll.askNow();
  };
  return {
    poll,
    all,
    markers,
    turn,
    refresh,
    filter,
    setFilter,
    openId,
    setOpen,
    selected,
    setSelected,
    setInside,
    deleting,
    setDeleting,
    rows: all.filter(({ message }) => isFound(message, filter, now.value)),
    open: all.find(({ message }) => message.id === openId) ?? null,
  };
}

/** The focus goes back to the row of a message that is closed, unless it is elsewhere already. */
function useFocusBack(openId: string | null): void {
  const last = useRef<string | null>(null);
  // Before the next key is heard.
  useLayoutEffect(() => {
    const { current: closed } = last;
    last.current = openId;
    if (openId !== null || closed === null || document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>(`[data-message="${CSS.escape(closed)}"]`)?.focus();
  }, [openId]);
}

interface ListProps extends PlaceProps {
  readonly list: MessageList;
}

function List({ place, list }: ListProps): JSX.Element {
  const { poll, all, rows, openId, setOpen, selected, setSelected, setInside, setFilter } = list;
  if (poll.answer.value === null && all.length === 0) return <Bones rows={8} />;
  if (rows.length === 0) return <None hasMessages={all.length > 0} onShowAll={() => setFilter(EVERYTHING)} />;
  return (
    <MessageTable
      kind={place.kind}
      rows={rows}
      openId={openId}
      selected={selected}
      maySelect={mayWrite.value}
      onOpen={setOpen}
      onSelect={setSelected}
      onInside={setInside}
    />
  );
}

function Foot({ place, list: { poll, all, markers, turn, selected, setDeleting } }: ListProps): JSX.Element {
  const chosen = all.filter(({ message, isGone }) => selected.has(message.id) && !isGone);
  const last = all.at(-1)?.message.id;
  return (
    <>
      <p>{poll.answer.value !== null && footText(place, markers.length, all.length)}</p>
      <div class="row push">
        {mayWrite.value && chosen.length > 0 && (
          <Button
            isSmall
            kind="toward-danger"
            refusal={refusalOf("messages:delete_all", place.name)}
            onPress={() => setDeleting(chosen)}
          >
            Delete {exact(chosen.length)}…
          </Button>
        )}
        <Button isSmall isDisabled={markers.length === 0} onPress={() => turn(markers.slice(0, -1))}>
          Earlier
        </Button>
        <Button
          isSmall
          isDisabled={all.length < PAGE_SIZE}
          onPress={() => last !== undefined && turn([...markers, last])}
        >
          Later
        </Button>
      </div>
    </>
  );
}

interface ToolsProps extends PlaceProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

function Tools({ place, filter, onFilter }: ToolsProps): JSX.Element {
  const options = (Object.keys(STATES) as Filter["state"][]).map((value) => ({ value, text: STATES[value] }));
  return (
    <>
      {place.kind === "queue" && (
        <Choice
          label="State"
          value={filter.state}
          onChoose={(state) => onFilter({ ...filter, state })}
          options={options}
        />
      )}
      <Search
        label="Filter this page by id or body"
        value={filter.text}
        onInput={(text) => onFilter({ ...filter, text })}
      />
    </>
  );
}

function None({
  hasMessages,
  onShowAll,
}: {
  readonly hasMessages: boolean;
  readonly onShowAll: () => void;
}): JSX.Element {
  return (
    <Nothing>
      {hasMessages ? (
        <>
          <p>No message of this page is like that.</p>
          <Button onPress={onShowAll}>Show all of the page</Button>
        </>
      ) : (
        <p>
          No message is here. <kbd>p</kbd> posts one.
        </p>
      )}
    </Nothing>
  );
}

function isFound(message: PeekedMessage, { state, text }: Filter, at: number): boolean {
  if (state !== "all" && stateOf(message, at) !== state) return false;
  const wanted = text.toLowerCase();
  return wanted === "" || message.id.includes(wanted) || message.bodyText.toLowerCase().includes(wanted);
}

function footText({ figures }: PlaceData, pagesBefore: number, length: number): string {
  const from = pagesBefore * PAGE_SIZE;
  const total = figures === null ? "" : ` of ${amount(figures.messages.total, count)}`;
  const range = length === 0 ? counted(0, "message") : `${exact(from + 1)} to ${exact(from + length)}${total}`;
  return `${range}, in the order in which claims get them. Looking takes nothing and counts no claim.`;
}
