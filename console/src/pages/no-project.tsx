/** For a credential without a project, as the operator's key is: queues belong to projects, so there is nothing to show. */
import type { JSX } from "preact";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Head } from "../components/head.tsx";
import { signOut } from "../state/session.ts";

export function NoProject(): JSX.Element {
  return (
    <>
      <Head
        title="This credential has no project"
        name="No project"
        lead="Queues belong to projects. Create a key of the project that you want to look at, and sign in with that."
        actions={<Button onPress={signOut}>Sign in with another</Button>}
      />
      <CopyLine text="sukkal key create --project PROJECT --roles admin --expires 1d" />
    </>
  );
}
