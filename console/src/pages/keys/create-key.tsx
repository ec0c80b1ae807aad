/** The dialog that creates an API key, and shows it this one time. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Choice, Field } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { useAction } from "../../components/use-action.ts";
import { service } from "../../state/service.ts";
import { signedIn } from "../../state/session.ts";

const ROLES = ["reader", "member", "admin"] as const;
type Role = (typeof ROLES)[number];

const MEANINGS: Readonly<Record<Role, string>> = {
  reader: "It may look, and change nothing.",
  member: "It may post, claim and delete messages, and manage queues and subscriptions.",
  admin: "It may manage keys as well.",
};

const DAY_MS = 86_400_000;
const LIVES = [
  { value: "30", text: "30 days" },
  { value: "90", text: "90 days" },
  { value: "365", text: "1 year" },
  { value: "never", text: "Never" },
] as const;

export function CreateKey({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const own = service.value?.caller.queue_prefix ?? "";
  const [description, setDescription] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [prefix, setPrefix] = useState(own);
  const [life, setLife] = useState<(typeof LIVES)[number]["value"]>("90");
  const { isBusy, error, run } = useAction();
  const [created, setCreated] = useState<string | null>(null);
  const create = async (): Promise<void> => {
    const expires = life === "never" ? null : new Date(Date.now() + Number(life) * DAY_MS).toISOString();
    const grant = { description, roles: [role], queue_prefix: prefix, expires_at: expires };
    const { key } = await signedIn().keys.create(grant);
    setCreated(key);
  };
  if (created !== null) return <Created text={created} onClose={onClose} />;
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <Button kind="main" type="submit" busy={isBusy ? "Creating" : null}>
        Create key
      </Button>
    </>
  );
  return (
    <Dialog title="Create a key" onClose={onClose} onSubmit={() => run(create)} foot={foot}>
      <Field
        label="What it is for"
        value={description}
        onInput={setDescription}
        hasFocus
        hint="Such as the name of the program, so that you know what stops when you revoke it."
      />
      <div class="field">
        <Choice label="Role" options={ROLES.map((value) => ({ value, text: value }))} value={role} onChoose={setRole} />
        <p class="label">{MEANINGS[role]}</p>
      </div>
      <Field
        label="Only queues and topics whose names begin with"
        value={prefix}
        onInput={setPrefix}
        isCode
        hint="Empty: all of them. A key with the role admin has no such limit."
      />
      <div class="field">
        <Choice label="It ends after" options={LIVES} value={life} onChoose={setLife} />
        <p class="label">{life === "never" ? "It works until somebody revokes it." : "Then it is refused."}</p>
      </div>
      {error !== null && <Failure what="The key was not created" error={error} />}
    </Dialog>
  );
}

function Created({ text, onClose }: { readonly text: string; readonly onClose: () => void }): JSX.Element {
  const foot = (
    <Button kind="main" onPress={onClose}>
      I have kept it
    </Button>
  );
  return (
    <Dialog title="Keep this key now" onClose={onClose} foot={foot} isFormless>
      <p>It is shown this one time. The service has only a hash of it, and cannot show it again.</p>
      <CopyLine text={text} />
    </Dialog>
  );
}
