/** The dead letters of a queue: where they came from, and how they get back there. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { CopyLine } from "../../../components/copy-line.tsx";
import { Bones, Failure, Nothing, Notice } from "../../../components/notice.tsx";
import { Name } from "../../../components/name.tsx";
import { Panel } from "../../../components/panel.tsx";
import { usePoll } from "../../../components/use-poll.ts";
import type { Redrive } from "sukkal/client";
import { overview, placeOf, sendersTo } from "../../../state/overview.ts";
import { mayWrite } from "../../../state/service.ts";
import { signedIn } from "../../../state/session.ts";
import { hrefOf } from "../../../text/routes.ts";
import { counted } from "../../../text/words.ts";
import type { PlaceData } from "../place-data.ts";
import { LetterList } from "./letter-list.tsx";
import { sourcesOf, useSenders, useLetters } from "./letters.ts";
import { RedrivePanel } from "./redrive-panel.tsx";
import { SendBack } from "./send-back.tsx";
import { Sources } from "./sources.tsx";

export function DeadLettersTab({ place }: { readonly place: PlaceData }): JSX.Element {
  const { name, figures } = place;
  const poll = useLetters(name);
  const redrive = useRedrive(place);
  const senders = sendersTo(name);
  const settings = useSenders(
    name,
    senders.map((sender) => sender.name),
  );
  const { letters, areAll } = poll.answer.value ?? { letters: [], areAll: true };
  const { value: latest } = redrive.poll.answer;
  const started = (): void => {
    redrive.begin();
    overview.askNow();
  };
  const sources = sourcesOf(letters, senders, settings);
  // Its messages are no letters then.
  if (sources.length === 0 && areAll && latest === null && poll.answer.value !== null)
    return <NoLetters place={place} />;
  return (
    <>
      <OwnTarget place={place} />
      {latest !== null && <RedrivePanel name={name} redrive={latest} />}
      {redrive.poll.failure.value !== null && (
        <Failure what="The redrive is not known" error={redrive.poll.failure.value} />
      )}
      <div class={mayWrite.value ? "two" : undefined}>
        <div class="stack">
          {poll.failure.value !== null && <Failure what="The letters were not read" error={poll.failure.value} />}
          {poll.answer.value === null ? (
            <Panel title="Letters" isTitleUnseen>
              <Bones rows={6} />
            </Panel>
          ) : (
            <>
              <Sources sources={sources} areAll={areAll} settings={settings} />
              <LetterList name={name} letters={letters} areAll={areAll} settings={settings} />
            </>
          )}
        </div>
        {mayWrite.value && (
          <SendBack
            name={name}
            held={areAll && poll.answer.value !== null ? letters.length : (figures?.messages.total ?? null)}
            isRunning={latest?.status === "running"}
            onStarted={started}
          />
        )}
      </div>
    </>
  );
}

/** No queue sends its dead letters to this one, and none has done so before. */
function NoLetters({ place }: { readonly place: PlaceData }): JSX.Element {
  return (
    <>
      <OwnTarget place={place} />
      <Panel title="Sources">
        <Nothing>
          <p>
            No queue sends its dead letters here. The metadata <code>_dead_letter_queue</code> and{" "}
            <code>_max_claim_count</code> of a queue make it do so:
          </p>
          <CopyLine text={`sukkal queue set orders _dead_letter_queue=${place.name} _max_claim_count=3`} />
        </Nothing>
      </Panel>
    </>
  );
}

/**
 * The latest redrive. The browser logs every answer that there is none, so the service is asked once, and again while there may
 * be one: after a begin here, or when letters are moved, by a redrive that was started elsewhere.
 */
function useRedrive({ name, figures }: PlaceData) {
  const mayBe = useRef(true);
  const moved = figures?.counters?.redriven ?? 0;
  const poll = usePoll<Redrive | null>(`queue/${name}/redrive`, {
    ask: async ({ signal }) => {
      const found = mayBe.current ? await signedIn().queue(name).redrive({ signal }) : null;
      mayBe.current = found !== null;
      return found;
    },
  });
  const begin = (): void => {
    mayBe.current = true;
    poll.askNow();
  };
  useEffect(() => {
    if (moved > 0 && poll.answer.peek()?.status !== "running") begin();
  }, [name, moved]);
  return { poll, begin };
}

/** A queue that has a dead-letter queue itself: its own dead letters are there. */
function OwnTarget({ place: { name, details } }: { readonly place: PlaceData }): JSX.Element | null {
  const { _dead_letter_queue: target, _max_claim_count: most } = details?.metadata ?? {};
  if (target == null || target === "") return null;
  const sent = placeOf({ kind: "queue", name })?.counters?.dead_lettered ?? null;
  return (
    <Notice>
      Dead letters of {name} go to{" "}
      <a href={hrefOf({ page: "place", kind: "queue", name: target, tab: "dead-letters" })}>
        <Name name={target} />
      </a>
      {most != null && `, after ${counted(most, "claim")}`}.{sent !== null && ` ${counted(sent, "message")} so far.`}
    </Notice>
  );
}
