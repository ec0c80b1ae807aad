/** The way of an operator into a project, whose queues are opened by credentials of the project itself. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Field, Option } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { useAction } from "../../components/use-action.ts";
import { now } from "../../state/clock.ts";
import { mayManageKeys } from "../../state/service.ts";
import { beginVisit, clientOf, signedIn, type Credential } from "../../state/session.ts";

const HOUR = 3_600_000;

interface LookInsideProps {
  readonly project: string;
}

export function LookInside({ project }: LookInsideProps): JSX.Element {
  return (
    <Panel title="Look inside">
      <div class="panel-body stack">
        {mayManageKeys.value ? <ByKey project={project} /> : <ByToken project={project} />}
      </div>
    </Panel>
  );
}

/** By a key that ends soon. */
function ByKey({ project }: LookInsideProps): JSX.Element {
  const [role, setRole] = useState<"reader" | "admin">("reader");
  const { isBusy, error, run } = useAction();
  const enter = async (): Promise<void> => {
    const expires = new Date(now.peek() + HOUR).toISOString();
    const description = "console: an operator looks inside";
    const grant = { project_id: project, roles: [role], description, expires_at: expires };
    const { id, key } = await signedIn().keys.create(grant);
    beginVisit({ way: "key", text: key }, id);
  };
  return (
    <>
      <div>
        <Option
          group="visit"
          text="Only look"
          hint="A key with the role reader."
          isChosen={role === "reader"}
          onChoose={() => setRole("reader")}
        />
        <Option
          group="visit"
          text="Look and mend"
          hint="With the role admin: whatever the owners may do."
          isChosen={role === "admin"}
          onChoose={() => setRole("admin")}
        />
      </div>
      <Button kind="main" busy={isBusy ? "Opening" : null} onPress={() => run(enter)}>
        Open its queues
      </Button>
      <p class="label">
        This creates a key of the project for one hour, which its admins see. It is revoked when you come back.
      </p>
      {error !== null && <Failure what="The project was not opened" error={error} />}
    </>
  );
}

/** Without API keys only Keystone makes credentials of a project, for those who have a role in it. */
function ByToken({ project }: LookInsideProps): JSX.Element {
  const [text, setText] = useState("");
  const { isBusy, error, run } = useAction();
  const enter = async (): Promise<void> => {
    const credential: Credential = { way: "token", text: text.trim() };
    const { caller } = await clientOf(credential).service();
    if (caller.project !== project) throw new Error(`This token is of ${caller.project ?? "no project"}.`);
    beginVisit(credential);
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") run(enter);
      }}
    >
      <p class="second">
        As in Zaqar, a token opens the queues of its own project only, an administrator's too. With a role in this
        project, Keystone gives you one:
      </p>
      <CopyLine text={`openstack --os-project-id ${project} token issue -f value -c id`} />
      <Field
        label="Token of this project"
        placeholder="gAAAAA…"
        type="password"
        value={text}
        onInput={setText}
        hint="Kept in this tab until you come back to all projects."
      />
      <Button kind="main" type="submit" isDisabled={text.trim() === ""} busy={isBusy ? "Opening" : null}>
        Open its queues
      </Button>
      {error !== null && <Failure what="The project was not opened" error={error} />}
    </form>
  );
}
