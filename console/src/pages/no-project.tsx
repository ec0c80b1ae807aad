/** For a credential without a project, as the operator's key is: queues belong to projects, so there is nothing to show. */
import type { JSX } from "preact";
import { Button } from "../components/button.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Head } from "../components/head.tsx";
import { signOut } from "../state/session.ts";
import { hrefOf, type Route } from "../text/routes.ts";

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

const SUBJECTS: Partial<Record<Route["page"], string>> = {
  keys: "Keys",
  quotas: "Quotas",
  "dead-letters": "Dead letters",
  subscriptions: "Subscriptions",
};

/** For an operator, who has to choose a project first. */
export function OfOneProject({ page }: { readonly page: Route["page"] }): JSX.Element {
  const subject = SUBJECTS[page] ?? "Queues and topics";
  return (
    <>
      <Head
        title={`${subject} belong to projects`}
        name={subject}
        lead="Your credential has none. Choose a project, and look inside it."
      />
      {page === "keys" && <CopyLine text="sukkal key list --project PROJECT" />}
      <p>
        <a class="button" href={hrefOf({ page: "projects" })}>
          All projects
        </a>
      </p>
    </>
  );
}
