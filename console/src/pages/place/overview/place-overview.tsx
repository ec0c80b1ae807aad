/** The first page of a queue or topic: how it stands, since when, and who takes its messages. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Series } from "sukkal/client";
import { Bones } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { usePoll } from "../../../components/use-poll.ts";
import { now } from "../../../state/clock.ts";
import { signedIn } from "../../../state/session.ts";
import { machineTime } from "../../../text/instants.ts";
import { noteOf } from "../../../verdict/rise-note.ts";
import { riseOf, timesOf, values } from "../../../text/series.ts";
import type { PlaceData } from "../place-data.ts";
import { Beside } from "./beside.tsx";
import { Charts, RANGES, type Range } from "./charts.tsx";
import { Consumers } from "./consumers.tsx";
import { PlaceFiguresRow } from "./place-figures.tsx";
import { VerdictOnPlace } from "./place-verdict.tsx";

export function PlaceOverview({ place }: { readonly place: PlaceData }): JSX.Element {
  const { kind, name, figures } = place;
  const [range, setRange] = useState<Range>("hour");
  const { step, seconds } = RANGES[range];
  const poll = usePoll<Series>(`${kind}/${name}/${range}`, {
    // A point takes a step to come about.
    period: step * 1000,
    ask: ({ signal }) => {
      // A step less, because the service keeps no more than the range, by its own clock.
      const from = machineTime(now.peek() - (seconds - step) * 1000);
      return signedIn().series({ signal, [kind]: name, from, step });
    },
  });
  const { value: series } = poll.answer;
  const risesSince = series && riseSinceOf(series);
  return (
    <>
      {figures !== null && <VerdictOnPlace place={place} figures={figures} risesSince={risesSince} />}
      {figures === null ? (
        <Panel title="Figures" isTitleUnseen>
          <Bones rows={2} />
        </Panel>
      ) : (
        <PlaceFiguresRow figures={figures} />
      )}
      <div class="two">
        <div class="stack">
          <Charts
            kind={kind}
            series={series}
            failure={poll.failure.value}
            range={range}
            onRange={setRange}
            note={risesSince === null ? null : noteOf(risesSince, figures?.consumers ?? [], now.value)}
          />
          {kind === "queue" && figures !== null && <Consumers figures={figures} />}
        </div>
        <Beside place={place} />
      </div>
    </>
  );
}

/** When free messages began to grow to what they are now; null: they did not, or it is not known. */
function riseSinceOf(series: Series): number | null {
  const free = values(series.messages.free);
  const at = riseOf(free);
  return at === null ? null : (timesOf(series, free.length)[at] ?? null);
}
