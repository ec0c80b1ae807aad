/** The queues that the letters came from. */
import type { JSX } from "preact";
import { Count } from "../../../components/figure.tsx";
import { Name } from "../../../components/name.tsx";
import { Nothing } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Table, type Column } from "../../../components/table.tsx";
import { now } from "../../../state/clock.ts";
import { distance, instant } from "../../../text/instants.ts";
import { hrefOf } from "../../../text/routes.ts";
import { LETTERS_MAX, endOf, type Letter, type Senders, type Source } from "./letters.ts";

interface SourcesProps {
  readonly sources: readonly Source[];
  /** Whether all letters of the queue were looked at. */
  readonly areAll: boolean;
  readonly settings: Senders;
}

export function Sources({ sources, areAll, settings }: SourcesProps): JSX.Element {
  return (
    <Panel title="Sources" tools={areAll ? undefined : <span class="label">of the oldest {LETTERS_MAX} letters</span>}>
      {sources.length === 0 ? (
        <Nothing>
          <p>No queue sends its dead letters here any more.</p>
        </Nothing>
      ) : (
        <Table
          caption="Sources of the letters"
          rows={sources}
          keyOf={({ name }) => name}
          hrefOf={({ name }) => hrefOf({ page: "place", kind: "queue", name, tab: "overview" })}
          nameLabel="Source"
          nameMeaning="The queue that the letters come from. It opens its page"
          name={({ name }) => ({ link: <Name name={name} /> })}
          columns={columns(areAll, settings)}
        />
      )}
    </Panel>
  );
}

/** The last of the oldest is not the last of all. */
const LAST: Column<Source> = {
  id: "last",
  label: "Last",
  meaning: "When the last letter came from there",
  isWide: true,
  cell: ({ letters }) => timeOf(Math.max(...deaths(letters))),
};

function columns(areAll: boolean, settings: Senders): readonly Column<Source>[] {
  return [
    {
      id: "here",
      label: "Still here",
      meaning: "Letters from there that were not sent back or deleted",
      cardLabel: "Still here",
      cell: ({ letters: { length } }) => <Count value={areAll ? length : length === 0 ? null : { min: length }} />,
    },
    {
      id: "left",
      label: "Arrived in all",
      meaning: "Messages that became letters, since the service counts",
      cardLabel: "Arrived in all",
      cell: ({ left }) => <Count value={left} />,
    },
    {
      id: "claims",
      label: "After claims",
      meaning: "How many claims the source allows",
      cell: ({ claims }) => <Count value={claims} />,
    },
    {
      id: "first",
      label: "First",
      meaning: "When the first letter came from there",
      cardLabel: "First",
      cell: ({ letters }) => timeOf(Math.min(...deaths(letters))),
    },
    ...(areAll ? [LAST] : []),
    {
      id: "expiry",
      label: "First to expire",
      meaning: "When the first letter is gone, unless it is sent back before",
      cell: ({ letters }) =>
        letters.length === 0 ? (
          <Count value={undefined} />
        ) : (
          distance(Math.min(...letters.map((letter) => endOf(letter, settings))), now.value)
        ),
    },
  ];
}

function deaths(letters: readonly Letter[]): readonly number[] {
  return letters.flatMap(({ deadLetter }) => (deadLetter === null ? [] : [deadLetter.at.getTime()]));
}

function timeOf(at: number): JSX.Element | string {
  return Number.isFinite(at) ? instant(at, now.value) : <Count value={undefined} />;
}
