/** Pausing and resuming: nothing is lost by it, so nothing is asked. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Menu } from "../../components/menu.tsx";
import { Failure, Notice } from "../../components/notice.tsx";
import { askAgain } from "../../state/poll.ts";
import { mayWrite, refusalOf } from "../../state/service.ts";
import { toast } from "../../state/toasts.ts";
import type { PlaceKind } from "../../text/routes.ts";
import { capital } from "../../text/words.ts";
import { clientOfPlace, type PlaceData, type PlaceId } from "./place-data.ts";

type Work = "claims" | "notifications";

/** What is paused, by its settings, or by its figures until they are known. */
function pausedOf({ details, figures }: PlaceData): readonly Work[] {
  const { _paused: paused } = details?.metadata ?? {};
  return (details === null ? figures?.paused : paused) ?? [];
}

/** Reads the setting first, because somebody else may have paused something. */
async function setPaused(place: PlaceId, work: Work, isPaused: boolean): Promise<void> {
  const target = clientOfPlace(place);
  const { _paused: before } = await target.metadata();
  const others = (before ?? []).filter((each) => each !== work);
  const after = isPaused ? [...others, work] : others;
  await target.update({ _paused: after.length === 0 ? undefined : after });
  toast(`${capital(work)} of ${place.name} ${isPaused ? "are paused" : "go on"}.`);
  askAgain();
}

interface Pause {
  readonly paused: readonly Work[];
  /** Why the service would refuse it; null: it would not. */
  readonly refusal: string | null;
  readonly set: (work: Work, isPaused: boolean) => void;
  /** What failed last; null: nothing. */
  readonly error: unknown;
}

export function usePause(place: PlaceData): Pause {
  const [error, setError] = useState<unknown>(null);
  const set = (work: Work, isPaused: boolean): void => {
    setError(null);
    setPaused(place, work, isPaused).catch(setError);
  };
  return { paused: pausedOf(place), refusal: refusalOf(`${place.kind}s:update`, place.name), set, error };
}

export function PauseMenu({ kind, pause }: { readonly kind: PlaceKind; readonly pause: Pause }): JSX.Element {
  const works: readonly Work[] = kind === "queue" ? ["claims", "notifications"] : ["notifications"];
  const items = works.map((work) => {
    const isPaused = pause.paused.includes(work);
    return { text: `${isPaused ? "Resume" : "Pause"} ${work}`, onPress: () => pause.set(work, !isPaused) };
  });
  return (
    <Menu label="Pause or resume" icon="pause" items={items} refusal={pause.refusal}>
      Pause
    </Menu>
  );
}

const MEANINGS: Readonly<Record<Work, string>> = {
  claims: "Consumers get no messages, and messages grow older.",
  notifications: "Subscribers get nothing, and notifications wait.",
};

/** Above the figures, because a pause explains them. */
export function PauseNotice({ pause: { paused, refusal, set, error } }: { readonly pause: Pause }): JSX.Element {
  return (
    <>
      {error !== null && <Failure what="Nothing was paused or resumed" error={error} />}
      {paused.map((work) => (
        <Notice
          key={work}
          sign="paused"
          action={
            mayWrite.value && (
              <Button isSmall refusal={refusal} onPress={() => set(work, false)}>
                Resume {work}
              </Button>
            )
          }
        >
          <strong>{capital(work)} are paused.</strong> {MEANINGS[work]}
        </Notice>
      ))}
    </>
  );
}
