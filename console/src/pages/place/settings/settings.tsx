/** The settings of a queue or topic. What would change is shown before it is saved; the rest stays as it is. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Metadata } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { Field } from "../../../components/field.tsx";
import { Bones, Failure } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { useAction } from "../../../components/use-action.ts";
import { askAgain } from "../../../state/poll.ts";
import { mayWrite, refusalOf, service } from "../../../state/service.ts";
import { toast } from "../../../state/toasts.ts";
import { clientOfPlace, type PlaceData } from "../place-data.ts";
import { Danger } from "./danger.tsx";
import { changesOf, SETTINGS, type Change, type Typed } from "./settings-table.ts";

interface PlaceProps {
  readonly place: PlaceData;
}

export function SettingsPage({ place }: PlaceProps): JSX.Element {
  const { details } = place;
  if (details === null) {
    return (
      <Panel title="Messages and claims">
        <Bones rows={6} />
      </Panel>
    );
  }
  return (
    <>
      <SettingsForm place={place} metadata={details.metadata} />
      <OtherMetadata metadata={details.metadata} />
      {mayWrite.value && <Danger place={place} />}
    </>
  );
}

function SettingsForm({ place, metadata: known }: PlaceProps & { readonly metadata: Metadata }): JSX.Element {
  /** What the service has answered to a change, until the page hears of it. */
  const [saved, setSaved] = useState({ over: known, metadata: known });
  const metadata = saved.over === known ? saved.metadata : known;
  const [typed, setTyped] = useState<Typed>({});
  const { isBusy, error, run } = useAction();
  const changes = changesOf(place.kind, metadata, typed);
  const refusal = refusalOf(`${place.kind}s:update`, place.name);
  const isWrong = changes.some(({ value }) => value === null);
  const save = async (): Promise<void> => {
    const updates = Object.fromEntries(changes.map(({ setting, value }) => [setting.key, value]));
    setSaved({ over: known, metadata: await clientOfPlace(place).update(updates) });
    toast(`The settings of ${place.name} are saved.`);
    setTyped({});
    askAgain();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isWrong && changes.length > 0) run(save);
  };
  const foot =
    changes.length === 0 ? undefined : (
      <>
        <Changes changes={changes} />
        <span class="row push">
          <Button onPress={() => setTyped({})}>Keep as it is</Button>
          <Button kind="main" type="submit" busy={isBusy ? "Saving" : null} isDisabled={isWrong}>
            Save changes
          </Button>
        </span>
      </>
    );
  return (
    <form onSubmit={submit}>
      <Panel title="Messages and claims" foot={foot}>
        <fieldset class="panel-body half" disabled={refusal !== null}>
          {SETTINGS.filter(({ kinds }) => kinds.includes(place.kind)).map(({ key, label, hint, write, form }) => (
            <Field
              key={key}
              label={label}
              value={typed[key] ?? write(metadata[key])}
              onInput={(value) => setTyped({ ...typed, [key]: value })}
              hint={hint(service.value?.limits ?? {})}
              error={changes.some(({ setting, value }) => setting.key === key && value === null) ? form : undefined}
            />
          ))}
        </fieldset>
      </Panel>
      {error !== null && <Failure what="The settings were not saved" error={error} />}
    </form>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }): JSX.Element {
  return (
    <ul class="changes">
      {changes.map(({ setting: { key, label }, before, after }) => (
        <li key={key}>
          {label}: <del>{before || "not set"}</del> <ins>{after || "not set"}</ins>
        </li>
      ))}
    </ul>
  );
}

/** What this page does not change: the other reserved names, and those of the users. */
function OtherMetadata({ metadata }: { readonly metadata: Metadata }): JSX.Element | null {
  const known = new Set(SETTINGS.map(({ key }) => key));
  const others = Object.entries(metadata).filter(([key, value]) => !known.has(key) && value !== null);
  if (others.length === 0) return null;
  return (
    <Panel title="Other metadata" foot="sukkal queue set changes it from a terminal.">
      <dl class="facts panel-body">
        {others.map(([key, value]) => (
          <>
            <dt class="id">
              <bdi>{key}</bdi>
            </dt>
            <dd class="id">
              <bdi>{JSON.stringify(value)}</bdi>
            </dd>
          </>
        ))}
      </dl>
    </Panel>
  );
}
