/** The dialog that posts messages. The service judges what is posted; what it refuses stays to be corrected. */
import type { JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import { JsonText } from "sukkal/client";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { DurationField, durationOf } from "../../components/duration-field.tsx";
import { Choice, Field } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { useAction } from "../../components/use-action.ts";
import { askAgain } from "../../state/poll.ts";
import { refusalOf } from "../../state/service.ts";
import { toast } from "../../state/toasts.ts";
import { setDuration } from "../../text/durations.ts";
import { elementsOf } from "../../text/json.ts";
import { hrefOf } from "../../text/routes.ts";
import { counted } from "../../text/words.ts";
import { clientOfPlace, type PlaceData } from "./place-data.ts";

interface Draft {
  readonly form: "json" | "text";
  readonly body: string;
  /** Whether each element of an array is a message. */
  readonly isMany: boolean;
  /** As they were typed. */
  readonly ttl: string;
  readonly delay: string;
}
const EMPTY: Draft = { form: "json", body: "", isMany: false, ttl: "", delay: "" };

/** Throws a SyntaxError for what is not JSON. Numbers stay as they were typed: 9007199254740993 and 1.0. */
function bodiesOf({ form, body, isMany }: Draft): readonly unknown[] {
  if (form === "text") return [body];
  const whole = new JsonText(body);
  return isMany ? (elementsOf(body) ?? [whole.text]).map((text) => new JsonText(text)) : [whole];
}

/** What the service is told about their times; null: something of it is no duration. */
function timesOf({ ttl, delay }: Draft): { readonly ttl?: number; readonly delay?: number } | null {
  const [life, wait] = [durationOf(ttl), durationOf(delay)];
  if (life === null || wait === null) return null;
  return { ...(life !== undefined && { ttl: life }), ...(wait !== undefined && { delay: wait }) };
}

/** Without a default delay a queue ignores the delays of its messages, and a post creates one without it. */
function ignoresDelay({ details, isMissing }: PlaceData): boolean {
  const { _default_message_delay: delay } = details?.metadata ?? {};
  return details === null ? isMissing : delay == null || delay === 0;
}

interface PostMessageProps {
  readonly place: PlaceData;
  /** Gets another name of the queue; absent: it is that of the page. */
  readonly onName?: (name: string) => void;
  readonly onClose: () => void;
}

export function PostMessage({ place, onName, onClose }: PostMessageProps): JSX.Element {
  const { kind, name } = place;
  const [draft, setDraft] = useState(EMPTY);
  const { isBusy, error, run } = useAction();
  // The same post again, after an answer that was lost, is stored once.
  const idempotencyKey = useMemo(() => crypto.randomUUID(), [draft]);
  const change = (changes: Partial<Draft>): void => setDraft({ ...draft, ...changes });
  const times = timesOf(draft);
  const refusal = refusalOf("messages:create", name);
  const isReady = draft.body !== "" && name !== "" && times !== null && refusal === null;
  const submit = (): void => {
    if (isReady) run(post);
  };
  const post = async (): Promise<void> => {
    const ids = await clientOfPlace(place).postMany(bodiesOf(draft), { ...times, idempotencyKey });
    toast(`Posted ${counted(ids.length, "message")} to ${name}.`, {
      text: "See messages",
      href: hrefOf({ page: "place", kind, name, tab: "messages" }),
    });
    askAgain();
    onClose();
  };
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <Button kind="main" type="submit" busy={isBusy ? "Posting" : null} isDisabled={!isReady}>
        Post
      </Button>
    </>
  );
  return (
    <Dialog title={`Post to ${name}`} onClose={onClose} onSubmit={submit} foot={foot}>
      {onName !== undefined && (
        <Field
          label="Queue"
          value={name}
          onInput={onName}
          isCode
          error={refusal ?? undefined}
          hint="The post creates it."
        />
      )}
      <Body draft={draft} onChange={change} onSubmit={submit} />
      <Times place={place} draft={draft} onChange={change} />
      {error !== null && <Failure what="Nothing was posted" error={error} />}
    </Dialog>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly onChange: (changes: Partial<Draft>) => void;
}

function Body({ draft, onChange, onSubmit }: PartProps & { readonly onSubmit: () => void }): JSX.Element {
  const id = useId();
  const elements = draft.form === "json" ? elementsOf(draft.body) : null;
  return (
    <div class="field">
      <div class="row">
        <label for={id}>Body</label>
        <div class="push">
          <Choice
            label="Form of the body"
            value={draft.form}
            onChoose={(form) => onChange({ form })}
            options={[
              { value: "json", text: "JSON" },
              { value: "text", text: "Text" },
            ]}
          />
        </div>
      </div>
      <textarea
        id={id}
        class="input code"
        rows={8}
        dir="auto"
        spellcheck={false}
        autocapitalize="none"
        autoFocus
        placeholder={draft.form === "json" ? '{"resize": "cat.png"}' : "Any text"}
        value={draft.body}
        onInput={(event) => onChange({ body: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
        }}
        aria-describedby={`${id}-hint`}
      />
      <p class="label" id={`${id}-hint`}>
        {draft.form === "json" ? "It is stored exactly as you write it." : "It is stored as a JSON string."} Ctrl +
        Enter posts.
      </p>
      {elements !== null && elements.length > 0 && (
        <label class="row">
          <input
            type="checkbox"
            checked={draft.isMany}
            onChange={(event) => onChange({ isMany: event.currentTarget.checked })}
          />
          Each element is a message: {counted(elements.length, "message")}, all or none
        </label>
      )}
    </div>
  );
}

function Times({ place, draft, onChange }: PartProps & { readonly place: PlaceData }): JSX.Element {
  const { _default_message_ttl: ttl, _default_message_delay: delay } = place.details?.metadata ?? {};
  const isIgnored = ignoresDelay(place);
  return (
    <div class="pair">
      <DurationField
        label="Ttl"
        value={draft.ttl}
        onInput={(text) => onChange({ ttl: text })}
        hint={ttl == null ? "Empty: the default." : `Empty: ${setDuration(ttl)}.`}
      />
      <DurationField
        label="Delay"
        value={draft.delay}
        onInput={(text) => onChange({ delay: text })}
        isDisabled={isIgnored}
        hint={
          isIgnored
            ? `A ${place.kind} without a default delay ignores it. Its settings have one.`
            : `Empty: ${delay == null ? "the default" : setDuration(delay)}.`
        }
      />
    </div>
  );
}
