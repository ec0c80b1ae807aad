/** Sign-in: the door of the console, or a dialog over the page when the credential is not accepted any more. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SukkalError } from "sukkal/client";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Choice, Field } from "../components/field.tsx";
import { Mark } from "../components/mark.tsx";
import { Failure, Notice } from "../components/notice.tsx";
import { useAction } from "../components/use-action.ts";
import { BASE, clientOf, endVisit, isVisit, signIn, signOut, way as wayOfSession, type Way } from "../state/session.ts";
import { setService } from "../state/service.ts";
import { findWays, ways as waysOfService } from "../state/ways.ts";
import { Tablet } from "./tablet.tsx";

interface Words {
  readonly label: string;
  readonly placeholder: string;
  readonly hint: string;
  readonly refused: string;
}

const KEPT = "Kept in this tab until you close it; no cookie is set.";

const WORDS: Readonly<Record<Way, Words>> = {
  key: {
    label: "API key",
    placeholder: "sk_…",
    hint: `${KEPT} What you may do here is what the key may do.`,
    refused: "The service does not accept this key.",
  },
  token: {
    label: "Keystone token",
    placeholder: "gAAAAA…",
    hint: `${KEPT} What you may do here is what its user may do.`,
    refused: "The service does not accept this token.",
  },
  project: {
    label: "Project",
    placeholder: "demo",
    hint: "This service asks nobody who they are: whoever reaches it may use every project.",
    refused: "The service does not accept this project.",
  },
};

const HOST = new URL(BASE).host;

export function SignIn(): JSX.Element {
  return (
    <main class="door">
      <section class="door-form" aria-labelledby="sign-in">
        <p class="brand">
          <Mark />
          Sukkal
        </p>
        <div class="sign-in">
          <div>
            <h1 id="sign-in">Sign in</h1>
            <p class="second">
              to the service at <span class="id">{HOST}</span>
            </p>
          </div>
          <Credentials />
        </div>
        <p class="label" hidden={waysOfService.value?.includes("key") !== true}>
          No key yet? Who has the admin key makes one:
          <br />
          <code>sukkal key create --project demo</code>
        </p>
      </section>
      <div class="door-art">
        <Tablet />
      </div>
    </main>
  );
}

/** Over the page, which keeps what was typed into it. */
export function SignInAgain(): JSX.Element {
  return (
    <Dialog title="Sign in again" onClose={() => undefined} isFormless>
      <Notice tone="watch">
        The service does not accept the {WORDS[wayOfSession.value ?? "key"].label} any more. What you typed is still
        here.
      </Notice>
      <Credentials />
      {isVisit.value && <Button onPress={() => void endVisit()}>Back to all projects</Button>}
      <Button kind="bare" onPress={signOut}>
        Sign out
      </Button>
    </Dialog>
  );
}

function Credentials(): JSX.Element {
  const { ways, way, setChosen, text, setText, isBusy, error, look, submit } = useSignIn();
  if (ways === null) return error === null ? <span class="bone late" /> : <NoAnswer error={error} onRetry={look} />;
  const { label, placeholder, refused, hint } = WORDS[way];
  const isRefused = error instanceof SukkalError && error.status === 401;
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {ways.length > 1 && (
        <Choice
          label="How to prove who you are"
          options={ways.map((each) => ({ value: each, text: WORDS[each].label }))}
          value={way}
          onChoose={setChosen}
        />
      )}
      <Field
        label={label}
        placeholder={placeholder}
        type={way === "project" ? "text" : "password"}
        autocomplete={way === "project" ? "on" : "current-password"}
        value={text}
        onInput={setText}
        hasFocus
        hint={hint}
        error={isRefused ? refused : undefined}
      />
      <Button kind="main" type="submit" busy={isBusy ? "Signing in" : null}>
        Sign in
      </Button>
      {error !== null && !isRefused && <Failure what="You are not signed in" error={error} />}
    </form>
  );
}

/** What the service accepts, what was typed, and what came of it. */
function useSignIn() {
  const { value: ways } = waysOfService;
  const [chosen, setChosen] = useState<Way | null>(wayOfSession.peek());
  const [text, setText] = useState("");
  const { isBusy, error, run } = useAction();
  const look = (): void => run(findWays);
  useEffect(look, []);
  const [first = "key"] = ways ?? [];
  const way = chosen !== null && ways?.includes(chosen) === true ? chosen : first;
  const submit = (): void => {
    const credential = { way, text: text.trim() };
    if (credential.text === "") return;
    run(async () => {
      const view = await clientOf(credential).service();
      setService(view);
      signIn(credential, view.caller.project !== null);
    });
  };
  return { ways, way, setChosen, text, setText, isBusy, error, look, submit };
}

function NoAnswer({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }): JSX.Element {
  return (
    <>
      <Failure what="The service does not answer" error={error} />
      <Button onPress={onRetry}>Try again</Button>
    </>
  );
}
