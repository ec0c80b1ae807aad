/** One queue or topic. */
import type { JSX } from "preact";
import { CopyButton } from "../components/button.tsx";
import { Figure, Figures } from "../components/figure.tsx";
import { Head } from "../components/head.tsx";
import { placeOf } from "../state/overview.ts";
import type { PlaceKind } from "../text/routes.ts";

export function PlacePage({ kind, name }: { readonly kind: PlaceKind; readonly name: string }): JSX.Element {
  const place = placeOf({ kind, name });
  return (
    <>
      <Head
        title={name}
        name={name}
        crumbs={[{ text: "Queues", href: "#/" }, { text: name }]}
        actions={<CopyButton text={name} label="Copy name" />}
      />
      {place !== null && (
        <Figures>
          <Figure label="Free" value={place.messages.free} why="can be claimed now" />
          <Figure label="Claimed" value={place.messages.claimed} why="leased to consumers" />
          <Figure label="Delayed" value={place.messages.delayed} why="cannot be claimed yet" />
        </Figures>
      )}
    </>
  );
}
