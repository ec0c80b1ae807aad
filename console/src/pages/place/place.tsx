/** One queue or topic: its head with what can be done at once, and its tabs. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Button, CopyButton } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Head } from "../../components/head.tsx";
import { useKeys } from "../../components/keys.tsx";
import { Menu } from "../../components/menu.tsx";
import { Failure, Nothing, Notice, Refusals } from "../../components/notice.tsx";
import { goTo } from "../../state/route.ts";
import { mayWrite, refusalOf } from "../../state/service.ts";
import { hrefOf, type PlaceTab } from "../../text/routes.ts";
import { PauseMenu, PauseNotice, usePause } from "./pause.tsx";
import { usePlace, type PlaceId } from "./place-data.ts";
import { PlaceTabPage, PlaceTabs, tabBeside } from "./place-tabs.tsx";
import { PostMessage } from "./post-message.tsx";

type PlacePageProps = PlaceId & { readonly tab: PlaceTab };

export function PlacePage(props: PlacePageProps): JSX.Element {
  const { kind, name } = props;
  const refusal = refusalOf(`${kind}s:get`, name);
  // The service would answer none of its requests.
  return refusal === null ? <Allowed {...props} /> : <NotAllowed kind={kind} name={name} refusal={refusal} />;
}

function Allowed({ kind, name, tab }: PlacePageProps): JSX.Element {
  const place = usePlace({ kind, name });
  const pause = usePause(place);
  const [isPosting, setPosting] = useState(false);
  const refusal = refusalOf("messages:create", name);
  const post = (): void => setPosting(mayWrite.peek() && refusal === null);
  const goBeside = (step: 1 | -1): void => goTo({ page: "place", kind, name, tab: tabBeside(kind, tab, step) });
  useKeys({ p: post, "[": () => goBeside(-1), "]": () => goBeside(1) });
  const actions = mayWrite.value && (
    <>
      <PauseMenu kind={kind} pause={pause} />
      <Button icon="plus" keys="p" refusal={refusal} onPress={post}>
        Post message
      </Button>
    </>
  );
  return (
    <>
      <div>
        <PlaceHead name={name} actions={actions} />
        <PlaceTabs place={place} tab={tab} />
      </div>
      {mayWrite.value && <Refusals reasons={[pause.refusal, refusal]} />}
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

function NotAllowed({ kind, name, refusal }: PlaceId & { readonly refusal: string }): JSX.Element {
  const actions = mayWrite.value && (
    <>
      <Menu label="Pause or resume" icon="pause" items={[]} refusal={refusal}>
        Pause
      </Menu>
      <Button icon="plus" refusal={refusal}>
        Post message
      </Button>
    </>
  );
  return (
    <>
      <PlaceHead name={name} actions={actions} />
      <Notice>
        {refusal} Another credential shows the {kind} {name}.
      </Notice>
    </>
  );
}

function PlaceHead({ name, actions }: { readonly name: string; readonly actions: ComponentChildren }): JSX.Element {
  return (
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
  );
}
