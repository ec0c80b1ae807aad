/** Dialogs. Escape and the button that keeps everything do the same. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Field } from "./field.tsx";
import { Failure } from "./notice.tsx";
import { useAction } from "./use-action.ts";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onSubmit?: () => void;
  readonly foot?: ComponentChildren;
  readonly class?: string;
  readonly isTitleUnseen?: boolean;
  /** The content has a form of its own. */
  readonly isFormless?: boolean;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, onSubmit, foot, children, ...rest }: DialogProps): JSX.Element {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const content = (
    <>
      <div class="dialog-body">
        <h1 id={id} class={rest.isTitleUnseen === true ? "unseen" : undefined}>
          {title}
        </h1>
        {children}
      </div>
      {foot !== undefined && <div class="dialog-foot">{foot}</div>}
    </>
  );
  const submit = (event: Event): void => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={dialog}
      class={`dialog ${rest.class ?? ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog itself.
        if (event.target === dialog.current) onClose();
      }}
    >
      {rest.isFormless === true ? content : <form onSubmit={submit}>{content}</form>}
    </dialog>
  );
}

interface DangerDialogProps {
  readonly title: string;
  /** What the reader has to type. */
  readonly name: string;
  /** "queue": of what the name is. */
  readonly noun: string;
  /** "Purge 3,438 messages", "Purging", "Nothing was purged". */
  readonly verb: string;
  readonly busyVerb: string;
  readonly failed: string;
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
  /** What is lost, and what is better than that. */
  readonly children: ComponentChildren;
}

/** Asks for the name of what is destroyed, because nothing brings it back. It says what failed, and stays open then. */
export function DangerDialog(props: DangerDialogProps): JSX.Element {
  const { title, name, noun, verb, busyVerb, failed, run, onClose, children } = props;
  const [typed, setTyped] = useState("");
  const { isBusy, error, run: begin } = useAction();
  const submit = (): void => {
    if (typed.trim() === name) begin(() => run().then(onClose));
  };
  const foot = (
    <>
      <Button onPress={onClose}>Keep everything</Button>
      <Button kind="danger" type="submit" isDisabled={typed.trim() !== name} busy={isBusy ? busyVerb : null}>
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={onClose} onSubmit={submit} foot={foot}>
      {children}
      <Field
        label={`Type the name of the ${noun}`}
        value={typed}
        onInput={setTyped}
        isCode
        hasFocus
        hint={`${name}, as it is written above. Pasting works.`}
      />
      {error !== null && <Failure what={failed} error={error} />}
    </Dialog>
  );
}
