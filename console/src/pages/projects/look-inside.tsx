/** The way of an operator into a project: a key of it that ends soon, because the operator's own opens no queue. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Option } from "../../components/field.tsx";
import { Failure } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { useAction } from "../../components/use-action.ts";
import { now } from "../../state/clock.ts";
import { mayManageKeys } from "../../state/service.ts";
import { beginVisit, signedIn } from "../../state/session.ts";

const HOUR = 3_600_000;

export function LookInside({ project }: { readonly project: string }): JSX.Element {
  const [role, setRole] = useState<"reader" | "admin">("reader");
  const { isBusy, error, run } = useAction();
  const enter = async (): Promise<void> => {
    const expires = new Date(now.peek() + HOUR).toISOString();
    const description = "console: an operator looks inside";
    beginVisit(await signedIn().keys.create({ project_id: project, roles: [role], description, expires_at: expires }));
  };
  return (
    <Panel title="Look inside">
      <div class="panel-body stack">
        {mayManageKeys.value ? (
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
        ) : (
          <p class="second">Its queues are shown to tokens of the project itself. Sign in with one of them.</p>
        )}
      </div>
    </Panel>
  );
}
