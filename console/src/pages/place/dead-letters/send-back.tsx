/** The form that begins a redrive. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RedriveOptions } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { Field, Option } from "../../../components/field.tsx";
import { Failure } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Tag } from "../../../components/tag.tsx";
import { useAction } from "../../../components/use-action.ts";
import { refusalOf } from "../../../state/service.ts";
import { signedIn } from "../../../state/session.ts";
import { toast } from "../../../state/toasts.ts";
import { most, type Amount } from "../../../text/amounts.ts";
import { duration } from "../../../text/durations.ts";
import { count, exact } from "../../../text/numbers.ts";

interface Draft {
  readonly where: "source" | "queue";
  readonly target: string;
  /** As they were typed; empty: no limit. */
  readonly rate: string;
  readonly most: string;
}

/** Messages a second that consumers of most queues can take beside their work. */
const FIRST: Draft = { where: "source", target: "", rate: "50", most: "" };

interface SendBackProps {
  readonly name: string;
  /** Letters of the queue. */
  readonly held: Amount;
  readonly isRunning: boolean;
  readonly onStarted: () => void;
}

export function SendBack({ name, held, isRunning, onStarted }: SendBackProps): JSX.Element {
  const [draft, setDraft] = useState(FIRST);
  const { isBusy, error, run } = useAction();
  const refusal = refusalOf("messages:delete_all", name) ?? refusalOf("messages:create", null);
  const options = refusal === null ? optionsOf(draft) : null;
  const start = async (wanted: RedriveOptions): Promise<void> => {
    await signedIn().queue(name).startRedrive(wanted);
    toast("The redrive has begun.");
    onStarted();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (options !== null && !isRunning) run(() => start(options));
  };
  return (
    <Panel
      title="Send back"
      tools={
        <div class="push">
          <Tag>one at a time</Tag>
        </div>
      }
    >
      <form class="panel-body" onSubmit={submit}>
        <fieldset class="form-grid" disabled={isRunning || refusal !== null}>
          <legend class="unseen">What to send where</legend>
          <Where draft={draft} onChange={setDraft} />
          <Limits draft={draft} held={held} onChange={setDraft} />
          <Button
            kind="main"
            type="submit"
            busy={isBusy ? "Beginning" : null}
            isDisabled={options === null || isRunning || most(held) === 0}
          >
            {submitText(draft.where, options, held)}
          </Button>
        </fieldset>
        {refusal !== null && <p class="label">{refusal}</p>}
        {isRunning && <p class="label">It can be used again when the running redrive has ended.</p>}
        {!isRunning && most(held) === 0 && <p class="label">No letter is here.</p>}
        {error !== null && <Failure what="The redrive did not begin" error={error} />}
      </form>
    </Panel>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function Where({ draft, onChange }: PartProps): JSX.Element {
  return (
    <>
      <Option
        group="where"
        text="Each to its source"
        hint="Letters that were posted straight to this queue stay."
        isChosen={draft.where === "source"}
        onChoose={() => onChange({ ...draft, where: "source" })}
      />
      <Option
        group="where"
        text="All to one queue"
        isChosen={draft.where === "queue"}
        onChoose={() => onChange({ ...draft, where: "queue" })}
      />
      {draft.where === "queue" && (
        <Field
          label="Queue"
          value={draft.target}
          onInput={(target) => onChange({ ...draft, target })}
          isCode
          hasFocus
          error={draft.target === "" ? undefined : (refusalOf("messages:create", draft.target.trim()) ?? undefined)}
          hint="It is created if it does not exist."
        />
      )}
    </>
  );
}

function Limits({ draft, held, onChange }: PartProps & { readonly held: Amount }): JSX.Element {
  const letters = most(held);
  return (
    <>
      <Field
        label="At most, a second"
        value={draft.rate}
        onInput={(rate) => onChange({ ...draft, rate })}
        placeholder="no limit"
        inputmode="numeric"
        error={wholeOf(draft.rate) === null ? NOT_WHOLE : undefined}
      />
      <Field
        label="How many"
        value={draft.most}
        onInput={(text) => onChange({ ...draft, most: text })}
        placeholder={letters === null ? "all" : `all ${exact(letters)}`}
        inputmode="numeric"
        error={wholeOf(draft.most) === null ? NOT_WHOLE : undefined}
      />
    </>
  );
}

const NOT_WHOLE = "A whole number from 1, or nothing for no limit.";

/** undefined: no limit; null: it is not a number that the service takes. */
function wholeOf(text: string): number | undefined | null {
  const digits = text.replaceAll(/[\s,]/g, "");
  if (digits === "") return undefined;
  const value = Number(digits);
  return Number.isSafeInteger(value) && value >= 1 ? value : null;
}

/** null: something has to be corrected first. */
function optionsOf({ where, target, rate, most: limit }: Draft): RedriveOptions | null {
  const perSecond = wholeOf(rate);
  const max = wholeOf(limit);
  const isAllowed =
    where === "source" || (target.trim() !== "" && refusalOf("messages:create", target.trim()) === null);
  if (perSecond === null || max === null || !isAllowed) return null;
  return {
    target: where === "queue" ? target.trim() : undefined,
    max_messages: max,
    messages_per_second: perSecond,
  };
}

/** `Send 2,360 back, about 47 s`. */
function submitText(where: Draft["where"], options: RedriveOptions | null, held: Amount): string {
  const letters = most(held);
  const write = (what: string): string => (where === "source" ? `Send ${what} back` : `Move ${what}`);
  if (options === null || letters === null) return write("all");
  const { max_messages: max = Infinity, messages_per_second: perSecond } = options;
  const moved = Math.min(letters, max);
  const time =
    perSecond === undefined ? "" : `, ${moved < perSecond ? "in" : "about"} ${duration((moved / perSecond) * 1000)}`;
  return `${write(count(moved))}${moved === 0 ? "" : time}`;
}
