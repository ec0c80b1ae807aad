/** The letters themselves. One opens in a dialog: looking takes nothing. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button, CopyButton } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Count } from "../../../components/figure.tsx";
import { Name } from "../../../components/name.tsx";
import { Nothing } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Table, type Column } from "../../../components/table.tsx";
import { now } from "../../../state/clock.ts";
import { duration } from "../../../text/durations.ts";
import { distance, instant } from "../../../text/instants.ts";
import { exact } from "../../../text/numbers.ts";
import { hrefOf } from "../../../text/routes.ts";
import { counted } from "../../../text/words.ts";
import { pathOfPlace } from "../place-data.ts";
import { Body } from "../messages/body.tsx";
import { claimsOf, endOf, type Letter, type Senders } from "./letters.ts";

/** More rows would hide the rest of the page. */
const ROWS_MAX = 10;
/** Characters of a body that a row has room for. */
const PREVIEW_MAX = 200;

interface LetterListProps {
  readonly name: string;
  readonly letters: readonly Letter[];
  readonly areAll: boolean;
  readonly settings: Senders;
}

export function LetterList({ name, letters, areAll, settings }: LetterListProps): JSX.Element {
  const [open, setOpen] = useState<Letter | null>(null);
  const rows = letters.slice(0, ROWS_MAX);
  return (
    <Panel
      title="Letters"
      tools={
        <>
          <span class="label">oldest first{rows.length < letters.length && `, ${exact(rows.length)} shown`}</span>
          {(rows.length < letters.length || !areAll) && (
            <a class="push" href={hrefOf({ page: "place", kind: "queue", name, tab: "messages" })}>
              All
            </a>
          )}
        </>
      }
    >
      {rows.length === 0 ? (
        <Nothing>
          <p>No letter is here.</p>
        </Nothing>
      ) : (
        <Table
          caption="Dead letters, oldest first"
          rows={rows}
          keyOf={({ id }) => id}
          onOpen={setOpen}
          nameLabel="Body"
          nameMeaning="The beginning of the body. It opens the letter, and takes nothing"
          name={({ bodyText }) => ({
            link: <bdi class="preview code">{bodyText.slice(0, PREVIEW_MAX)}</bdi>,
          })}
          columns={columns(settings)}
        />
      )}
      {open !== null && <LetterDialog name={name} letter={open} settings={settings} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function columns(settings: Senders): readonly Column<Letter>[] {
  return [
    {
      id: "source",
      label: "Source",
      meaning: "The queue whose consumers could not handle it",
      cardLabel: "Source",
      isText: true,
      cell: ({ deadLetter }) =>
        deadLetter === null ? <span class="none">posted here</span> : <Name name={deadLetter.queue} />,
    },
    {
      id: "died",
      label: "Died",
      meaning: "When it was claimed once too often, and moved here",
      cardLabel: "Died",
      cell: ({ deadLetter, created }) => instant((deadLetter?.at ?? created).getTime(), now.value),
    },
    {
      id: "claims",
      label: "After claims",
      meaning: "How many claims its queue allows",
      isWide: true,
      cell: ({ deadLetter }) => <Count value={claimsOf(deadLetter?.queue, settings)} />,
    },
    {
      id: "expiry",
      label: "Expires in",
      meaning: "How long it is kept",
      cardLabel: "Expires in",
      cell: (letter) => duration(Math.max(0, endOf(letter, settings) - now.value)),
    },
  ];
}

interface LetterDialogProps {
  /** Of the queue that has it. */
  readonly name: string;
  readonly letter: Letter;
  readonly settings: Senders;
  readonly onClose: () => void;
}

function LetterDialog({ name, letter, settings, onClose }: LetterDialogProps): JSX.Element {
  const { id, deadLetter, created, claimCount, traceparent } = letter;
  const at = now.value;
  const after = claimsOf(deadLetter?.queue, settings) ?? null;
  const end = endOf(letter, settings);
  const facts: readonly (readonly [string, string | null])[] = [
    ["Source", deadLetter?.queue ?? "posted straight to this queue"],
    ["Died", deadLetter && `${instant(deadLetter.at.getTime(), at)}, ${distance(deadLetter.at.getTime(), at)}`],
    ["Because of", deadLetter && (after === null ? deadLetter.reason : counted(after, "claim"))],
    ["Posted", `${instant(created.getTime(), at)}, ${distance(created.getTime(), at)}`],
    ["Claims since", exact(claimCount)],
    ["Expires", `${instant(end, at)}, ${distance(end, at)}`],
    ["Trace", traceparent],
  ];
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <CopyButton text={id} label="Copy id" />
    </>
  );
  return (
    <Dialog title={`Letter …${id.slice(-12)}`} class="dialog-wide" isFormless onClose={onClose} foot={foot}>
      <dl class="facts">
        {facts.map(
          ([label, value]) =>
            value !== null && (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ),
        )}
      </dl>
      <div class="panel">
        <Body message={letter} path={`${pathOfPlace({ kind: "queue", name })}/messages/${encodeURIComponent(id)}`} />
      </div>
    </Dialog>
  );
}
