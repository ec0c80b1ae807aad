/** What the pages of one queue or topic are made of: it is asked itself while one of them is shown. */
import type { PlaceDetails, PlaceFigures, Queue, Topic } from "sukkal/client";
import { usePoll } from "../../components/use-poll.ts";
import { placeOf } from "../../state/overview.ts";
import { signedIn } from "../../state/session.ts";
import type { PlaceKind } from "../../text/routes.ts";

export interface PlaceId {
  readonly kind: PlaceKind;
  readonly name: string;
}

export interface PlaceData extends PlaceId {
  /** Of now, with its consumers, or those of the overview until it has answered; null: not known. */
  readonly figures: PlaceFigures | null;
  /** null: not known yet. */
  readonly details: PlaceDetails | null;
  /** Whether the service has said that it does not exist. */
  readonly isMissing: boolean;
  /** Why it could not be read, although it has not been before; null: it was, or it is on its way. */
  readonly failure: unknown;
}

export function clientOfPlace({ kind, name }: PlaceId): Queue | Topic {
  return kind === "queue" ? signedIn().queue(name) : signedIn().topic(name);
}

/** For lines of a terminal. */
export function pathOfPlace({ kind, name }: PlaceId): string {
  return `v2/${kind}s/${encodeURIComponent(name)}`;
}

interface Answer {
  readonly figures: PlaceFigures | null;
  /** null: it does not exist. */
  readonly details: PlaceDetails | null;
}

export function usePlace(id: PlaceId): PlaceData {
  const { kind, name } = id;
  const poll = usePoll<Answer>(`${kind}/${name}`, {
    ask: async ({ signal }) => {
      const place = clientOfPlace(id);
      const details = await place.details({ signal });
      return { details, figures: details && (await place.figures({ signal })) };
    },
    newsOf: ({ details, figures }) => [
      details?.metadata,
      figures && { ...figures, as_of: null, messages: { ...figures.messages, oldest: null } },
    ],
  });
  const { value: answer } = poll.answer;
  const figures = answer?.figures ?? placeOf(id);
  return {
    kind,
    name,
    figures,
    details: answer?.details ?? null,
    isMissing: answer?.details === null,
    failure: answer === null ? poll.failure.value : null,
  };
}
