/** The table of queues and topics: filter, kinds, sort. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { Choice, Search } from "../../components/field.tsx";
import { Name } from "../../components/name.tsx";
import { Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table } from "../../components/table.tsx";
import type { Overview, PlaceFigures } from "sukkal/client";
import { PLACES_MAX } from "../../state/overview.ts";
import { keyOf } from "../../state/figures.ts";
import { project } from "../../state/service.ts";
import { exact } from "../../text/numbers.ts";
import { hrefOf } from "../../text/routes.ts";
import type { Finding } from "../../verdict/finding.ts";
import { severitiesOf, type Severities } from "../../verdict/severities.ts";
import { placeColumns } from "./place-columns.tsx";
import { PlaceSign, PlaceTags } from "./place-tags.tsx";

const KINDS = { all: "All", queue: "Queues", topic: "Topics" } as const;
type Kind = keyof typeof KINDS;

interface Filter {
  readonly text: string;
  readonly kind: Kind;
}
const EVERYTHING: Filter = { text: "", kind: "all" };

interface PlaceTableProps {
  readonly overview: Overview;
  readonly findings: readonly Finding[];
}

export function PlaceTable({ overview: { places, totals }, findings }: PlaceTableProps): JSX.Element {
  const [filter, setFilter] = useState(EVERYTHING);
  const severities = severitiesOf(findings);
  const found = places
    .filter((place) => isFound(place, filter))
    .toSorted((a, b) => rankOf(a, severities) - rankOf(b, severities) || (a.name < b.name ? -1 : 1));
  const isCut = places.length < totals.places;
  return (
    <Panel
      title="Queues and topics"
      isTitleUnseen
      tools={<Tools places={places} filter={filter} onFilter={setFilter} />}
      {...(isCut && { foot: `The service shows ${exact(places.length)} of ${exact(totals.places)}, by name.` })}
    >
      {found.length === 0 ? (
        <Nothing>
          <p>{nothingText(filter)}</p>
          <Button onPress={() => setFilter(EVERYTHING)}>Show all {exact(places.length)}</Button>
        </Nothing>
      ) : (
        <Table
          caption={`Queues and topics of project ${project.value ?? ""}`}
          rows={found}
          keyOf={keyOf}
          hrefOf={({ kind, name }) => hrefOf({ page: "place", kind, name, tab: "overview" })}
          nameLabel="Name"
          nameMeaning="A queue or topic. It opens its page"
          name={(place) => ({
            before: <PlaceSign place={place} severities={severities} />,
            link: <Name name={place.name} />,
            after: <PlaceTags place={place} />,
          })}
          rowClass={({ certainty }) => (certainty === "unconfirmed" || certainty === "unknown" ? "is-old" : undefined)}
          columns={placeColumns(severities)}
        />
      )}
    </Panel>
  );
}

interface ToolsProps {
  readonly places: readonly PlaceFigures[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

function Tools({ places, filter, onFilter }: ToolsProps): JSX.Element {
  const kinds = (Object.keys(KINDS) as Kind[]).map((kind) => {
    const number = places.filter((place) => isFound(place, { text: "", kind })).length;
    return { value: kind, text: `${KINDS[kind]} ${exact(number)}` };
  });
  return (
    <>
      <Search label="Filter by name" value={filter.text} onInput={(text) => onFilter({ ...filter, text })} />
      <Choice label="Kind" value={filter.kind} onChoose={(kind) => onFilter({ ...filter, kind })} options={kinds} />
      <div class="row push at-desk">
        <p class="label">Needs you first, then by name</p>
        <CopyCurl path={`v2/overview?limit=${PLACES_MAX}`} />
      </div>
    </>
  );
}

function isFound(place: PlaceFigures, { text, kind }: Filter): boolean {
  return (kind === "all" || place.kind === kind) && place.name.toLowerCase().includes(text.toLowerCase());
}

function rankOf({ name, certainty, paused }: PlaceFigures, severities: Severities): number {
  const severity = severities.get(name);
  if (severity !== undefined) return severity === "act" ? 0 : 1;
  if (certainty === "unconfirmed") return 2;
  return (paused ?? []).length > 0 ? 3 : 4;
}

function nothingText({ text, kind }: Filter): string {
  const noun = kind === "all" ? "queue or topic" : kind;
  return text === "" ? `There is no ${noun}.` : `No ${noun} has "${text}" in its name.`;
}
