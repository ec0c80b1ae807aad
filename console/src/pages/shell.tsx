/** What every page has: the bar, the notice of a silent service, the foot, and keys that work everywhere. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Icon } from "../components/icon.tsx";
import { useKeys } from "../components/keys.tsx";
import { Mark } from "../components/mark.tsx";
import { Menu } from "../components/menu.tsx";
import { Notice } from "../components/notice.tsx";
import { Toasts } from "../components/toast.tsx";
import { now } from "../state/clock.ts";
import { overview } from "../state/overview.ts";
import { askAgain } from "../state/poll.ts";
import { route } from "../state/route.ts";
import { hasDocuments, hasFigures, isOperator, project, roles, service } from "../state/service.ts";
import { client, endVisit, isExpired, isOfProject, isVisit, signOut, way } from "../state/session.ts";
import { chooseTheme, theme, THEMES } from "../state/theme.ts";
import { instant, machineTime, zone } from "../text/instants.ts";
import { duration } from "../text/durations.ts";
import { capital } from "../text/words.ts";
import { GoTo } from "./go-to.tsx";
import { KeyHelp } from "./key-help.tsx";
import { Nav } from "./nav.tsx";
import { NoFigures } from "./no-figures.tsx";
import { NoProject, OfOneProject } from "./no-project.tsx";
import { SignInAgain } from "./sign-in.tsx";

export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [over, setOver] = useState<"go-to" | "keys" | null>(null);
  // Another credential is asked with at once.
  const { value: signedIn } = client;
  const asks = isOfProject.value && hasFigures.value;
  useEffect(() => (asks ? overview.start() : undefined), [signedIn, asks]);
  useEffect(() => void import("./further.ts").catch(() => undefined), []);
  useKeys({ g: () => setOver("go-to"), "?": () => setOver("keys"), r: askAgain, "/": focusFilter });
  const isSilent = overview.failure.value !== null && !isExpired.value && hasFigures.value;
  return (
    <div class={isSilent ? "is-silent is-stale" : undefined}>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <Bar onGoTo={() => setOver("go-to")} />
      <main class="page stack" id="main" tabIndex={-1}>
        {isSilent && <Silence />}
        <Page>{children}</Page>
      </main>
      <Foot onKeys={() => setOver("keys")} />
      <Toasts />
      {over === "go-to" && <GoTo onClose={() => setOver(null)} />}
      {over === "keys" && <KeyHelp onClose={() => setOver(null)} />}
      {isExpired.value && <SignInAgain />}
    </div>
  );
}

/** Pages that need no figures. */
const FIGURELESS: ReadonlySet<string> = new Set(["service", "keys", "quotas"]);

function Page({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const { page } = route.value;
  if (!hasFigures.value && !FIGURELESS.has(page)) return <NoFigures />;
  return isOfProject.value || page === "service" ? <>{children}</> : <OfNoProject>{children}</OfNoProject>;
}

/** The overview of an operator is that of the projects. */
const OPERATORS_PAGES: ReadonlySet<string> = new Set(["overview", "projects", "project"]);

/** Operators have pages of their own. */
function OfNoProject({ children }: { readonly children: ComponentChildren }): JSX.Element {
  if (service.value === null) return <></>;
  const { page } = route.value;
  if (!isOperator.value) return <NoProject />;
  return OPERATORS_PAGES.has(page) ? <>{children}</> : <OfOneProject page={page} />;
}

function Bar({ onGoTo }: { readonly onGoTo: () => void }): JSX.Element {
  return (
    <header class="bar">
      <a class="brand" href="#/" aria-label="Sukkal, all queues">
        <Mark />
        <span>Sukkal</span>
      </a>
      <Where />
      <Nav onMore={onGoTo} />
      <div class="bar-end">
        <button class="button find" type="button" aria-keyshortcuts="g" onClick={onGoTo}>
          <Icon name="search" />
          <span>
            Go to<span class="unseen"> a queue or page</span>
          </span>
          <kbd aria-hidden="true">g</kbd>
        </button>
        <AsOf />
        <CallerMenu />
      </div>
    </header>
  );
}

/** The project, with the way back of an operator who looks into it. */
function Where(): JSX.Element | null {
  const { value: name } = project;
  if (name === null) return null;
  if (!isVisit.value) return <p class="where">{name}</p>;
  return (
    <div class="where">
      <Menu label={`Project ${name}`} items={[{ text: "Back to all projects", onPress: () => void endVisit() }]}>
        {name}
      </Menu>
    </div>
  );
}

/** When the figures were heard, by the service's clock. */
function AsOf(): JSX.Element | null {
  const { value: answer } = overview.answer;
  if (answer === null) return null;
  const at = Date.parse(answer.at);
  return (
    <p class="as-of">
      <span class="beat" />
      <span class="unseen">{overview.failure.value === null ? "Live, as of" : "Silent since"}</span>
      <time dateTime={machineTime(at)}>{instant(at, now.value)}</time>
      <span class="zone">{zone(at)}</span>
    </p>
  );
}

function CallerMenu(): JSX.Element {
  const caller = service.value?.caller;
  const role = roles.value.at(-1) ?? "no role";
  // Whoever reaches a service without authentication may do everything.
  const isOpen = way.value === "project";
  const who = isOpen ? "No credential" : caller?.key == null ? (caller?.user ?? "you") : "API key";
  return (
    <Menu
      label={isOpen ? "Signed in with no credential" : `Signed in as ${who}, ${role}`}
      head={
        <p class="label">
          {isOpen ? "This service authenticates nobody" : `${who}, ${role}`}
          {caller?.queue_prefix !== undefined && caller.queue_prefix !== "" && `, only ${caller.queue_prefix}*`}
        </p>
      }
      items={[
        ...THEMES.map((each) => ({
          text: each === "system" ? "Theme of the system" : `${capital(each)} theme`,
          isChosen: theme.value === each,
          onPress: () => chooseTheme(each),
        })),
        { text: "Sign out", onPress: signOut },
      ]}
    >
      {who}
    </Menu>
  );
}

function Silence(): JSX.Element {
  const { heardAt, nextAt } = overview;
  // By the clock of the browser, whose ticks are those of `now`.
  const left = now.value > 0 && nextAt.value !== null ? Math.max(0, nextAt.value - Date.now()) : null;
  const since = heardAt.value === null ? "" : ` since ${instant(heardAt.value, Date.now())}`;
  return (
    <Notice
      tone="watch"
      sign="stale"
      action={
        <Button isSmall onPress={() => overview.askNow()}>
          Try now
        </Button>
      }
    >
      <strong>Not heard from the service{since}.</strong>
      {heardAt.value !== null && " Figures are of that moment."}
      {left !== null && ` Next try in ${duration(left)}.`}
    </Notice>
  );
}

function Foot({ onKeys }: { readonly onKeys: () => void }): JSX.Element {
  return (
    <footer class="foot">
      <p>
        Sukkal {service.value?.version} ·{" "}
        {hasDocuments.value && (
          <>
            <a href="../docs/">Documents</a> ·{" "}
          </>
        )}
        times are {zone(now.value)}, your browser's zone · counts are exact unless marked ≤, and ? is not known
      </p>
      <p class="keys">
        <kbd>j</kbd> <kbd>k</kbd> move · <kbd>Enter</kbd> open · <kbd>/</kbd> filter · <kbd>g</kbd> go to ·{" "}
        <button type="button" class="link" onClick={onKeys}>
          <kbd>?</kbd> all keys
        </button>
      </p>
    </footer>
  );
}

function focusFilter(): void {
  document.querySelector<HTMLInputElement>("[data-filter]")?.focus();
}

/** The address is that of the page, so a link within the page moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}
