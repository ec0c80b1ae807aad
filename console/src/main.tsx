/** The console: what a project's queues and topics hold, and what needs somebody. */
import { render, type JSX } from "preact";
import { useEffect } from "preact/hooks";
// Components that read signals are rendered again when these change.
import "@preact/signals";
import { CurrentPage } from "./pages/page.tsx";
import { Shell } from "./pages/shell.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { setService } from "./state/service.ts";
import { client } from "./state/session.ts";
import { applyTheme } from "./state/theme.ts";

function Console(): JSX.Element {
  const { value: signedIn } = client;
  useEffect(() => {
    // A failure is that of the overview too, which says so. A reload of the page has no view yet, and a sign-in has it already.
    signedIn?.service().then(setService, () => undefined);
  }, [signedIn]);
  if (signedIn === null) return <SignIn />;
  return (
    <Shell>
      <CurrentPage />
    </Shell>
  );
}

applyTheme();
document.querySelector("noscript")?.remove();
render(<Console />, document.body);
