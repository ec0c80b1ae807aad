/** One queue or topic: its head with what can be done at once, and its tabs. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button, CopyButton } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Head } from "../../components/head.tsx";
import { useKeys } from "../../components/keys.tsx";
import { Failure, Nothing } from "../../components/notice.tsx";
import { goTo } from "../../state/route.ts";
import { mayWrite } from "../../state/service.ts";
import { hrefOf, type PlaceTab } from "../../text/routes.ts";
import { PauseMenu, PauseNotice, usePause } from "./pause.tsx";
import { usePlace, type PlaceId } from "./place-data.ts";
import { PlaceTabPage, PlaceTabs, tabBeside } from "./place-tabs.tsx";
import { PostMessage } from "./post-message.tsx";

export function PlacePage({ kind, name, tab }: PlaceId & { readonly tab: PlaceTab }): JSX.Element {
  const place = usePlace({ kind, name });
  const pause = usePause(place);
  const [isPosting, setPosting] = useState(false);
  const post = (): void => setPosting(mayWrite.peek());
  const goBeside = (step: 1 | -1): void => goTo({ page: "place", kind, name, tab: tabBeside(kind, tab, step) });
  useKeys({ p: post, "[": () => goBeside(-1), "]": () => goBeside(1) });
  const actions = mayWrite.value && (
    <>
      <PauseMenu kind={kind} pause={pause} />
      <Button icon="plus" keys="p" onPress={post}>
        Post message
      </Button>
    </>
  );
  return (
    <>
      <div>
        <Head
          title={
            <>
              <bdi>{name}</bdi> <CopyButton text={name} label="Copy name" />
            </>
          }
          name={name}
          crumbs={[{ text: "Queues", href: hrefOf({ page: "overview" }) }, { text: name }]}
          actions={actions}
        />
        <PlaceTabs place={place} tab={tab} />
      </div>
      {place.isMissing ? (
        <Nothing>
          <p>
            There is no {kind} {name} in this project. A post creates it.
          </p>
          <CopyLine text={`sukkal post ${name}${kind === "topic" ? " --topic" : ""} '{"hello": 1}'`} />
        </Nothing>
      ) : (
        <>
          {place.failure !== null && <Failure what={`The ${kind} was not read`} error={place.failure} />}
          <PauseNotice pause={pause} />
          <PlaceTabPage place={place} tab={tab} />
        </>
      )}
      {isPosting && <PostMessage place={place} onClose={() => setPosting(false)} />}
    </>
  );
}
