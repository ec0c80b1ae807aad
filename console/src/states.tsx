/**
 * Every component in every state, for authors and for the tests: `npm run console:dev` shows it at `/states.html`. It is no part
 * of the console that is served.
 */
import { render, type ComponentChildren, type JSX } from "preact";
import { useState } from "preact/hooks";
import "@preact/signals";
import { Button, CopyButton, IconButton } from "./components/button.tsx";
import { Chart } from "./components/chart.tsx";
import { CopyLine } from "./components/copy-line.tsx";
import { DangerDialog } from "./components/dialog.tsx";
import { Choice, Field, Search } from "./components/field.tsx";
import { Figure, Figures } from "./components/figure.tsx";
import { Head } from "./components/head.tsx";
import { Menu } from "./components/menu.tsx";
import { Name } from "./components/name.tsx";
import { Bones, Failure, Nothing, Notice } from "./components/notice.tsx";
import { Panel } from "./components/panel.tsx";
import { Sign } from "./components/sign.tsx";
import { Tabs } from "./components/tabs.tsx";
import { Tag } from "./components/tag.tsx";
import { Distance, Instant } from "./components/time.tsx";
import { Toasts } from "./components/toast.tsx";
import { Needs, Verdict } from "./components/verdict.tsx";
import { toast } from "./state/toasts.ts";
import { bytesPart } from "./text/bytes.ts";
import { durationParts } from "./text/durations.ts";
import { count } from "./text/numbers.ts";

const NOW = Date.now();
const MINUTE = 60_000;
const LONG_NAME = "inventory-sync-warehouse-frankfurt-2-nightly-reconciliation";

function States(): JSX.Element {
  return (
    <main class="page stack">
      <Head
        title="States"
        name="States"
        crumbs={[{ text: "Queues", href: "#/" }, { text: "States" }]}
        lead="Everything that a component can be, on one page."
        actions={
          <>
            <Button icon="pause">Pause</Button>
            <Button icon="plus">Post message</Button>
          </>
        }
      />
      <Tabs
        label="Queue"
        tabs={[
          { text: "Overview", href: "#/a", isCurrent: true },
          { text: "Messages", href: "#/b", count: "82,024", isCurrent: false },
        ]}
      />
      <Verdicts />
      <Numbers />
      <Small />
      <Choices />
      <Lines />
      <Missing />
      <Danger />
      <Toasts />
    </main>
  );
}

function Verdicts(): JSX.Element {
  return (
    <>
      <Verdict
        severity="act"
        head="Falls behind since 02:29."
        action={<Button isSmall>Consumers</Button>}
        more="At this pace 1,926 more wait each minute, and from about 03:41 the oldest reach their ttl of 1 hour and are gone."
      >
        Four of five consumers have stopped asking; the last one deletes 6.1 a second of 38.2 that are posted.
      </Verdict>
      <Verdict severity="watch" head="Fails since 02:31.">
        The receiver answers 503.
      </Verdict>
      <Needs
        needs={[
          { severity: "act", subject: "orders", sentence: "falls behind.", href: "#/", since: NOW - 42 * MINUTE },
          { severity: "watch", subject: LONG_NAME, sentence: "grows.", href: "#/", since: null },
        ]}
      />
    </>
  );
}

function Numbers(): JSX.Element {
  return (
    <Figures>
      <Figure label="Known" value={81_780} why="1,926 more a minute" tone="watch" />
      <Figure label="At most" value={{ min: 0, max: 1204 }} why="heard 4 min ago" />
      <Figure label="Unknown" value={null} unit="/s" why="nobody has said" />
      <Figure label="Oldest free" value={durationParts(35 * MINUTE + 43_000)} why="posted 02:36:25" />
      <Figure label="Stored" value={[bytesPart(62_300_000)]} why="0.8 % of the quota of 8 GB" />
    </Figures>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd class="row">{children}</dd>
    </>
  );
}

function Small(): JSX.Element {
  return (
    <Panel title="Signs, tags, buttons, times">
      <dl class="key-list panel-body">
        <Row name="Signs">
          <Sign kind="act" /> <Sign kind="watch" /> <Sign kind="stale" /> <Sign kind="paused" /> <Sign kind="well" />
        </Row>
        <Row name="Tags">
          <Tag tone="free">free</Tag> <Tag tone="held">claimed</Tag> <Tag>delayed</Tag> <Tag tone="watch">fails</Tag>{" "}
          <Tag tone="act">1,318</Tag>
        </Row>
        <Row name="Buttons">
          <Button kind="main">Send a test</Button> <Button>Pause</Button> <Button kind="bare">on-call</Button>
          <Button isDisabled>Earlier</Button> <Button kind="toward-danger">Purge…</Button>
          <Button kind="danger">Purge 3,438 messages</Button> <Button busy="Saving">Save</Button>
          <IconButton icon="close" label="Close" onPress={() => undefined} /> <CopyButton text="copied" />
        </Row>
        <Row name="Times">
          <Instant at={NOW + 132_000} /> <Distance at={NOW - 42 * MINUTE} />
        </Row>
        <Row name="A name, cut">
          <Name name={LONG_NAME} />
        </Row>
      </dl>
    </Panel>
  );
}

function Choices(): JSX.Element {
  const [chosen, setChosen] = useState<"hour" | "day">("hour");
  const [text, setText] = useState("1 h");
  return (
    <Panel
      title="Fields"
      tools={
        <>
          <Search label="Filter" value={text} onInput={setText} />
          <Choice
            label="Time"
            value={chosen}
            onChoose={setChosen}
            options={[
              { value: "hour", text: "1 hour" },
              { value: "day", text: "24 hours" },
            ]}
          />
          <Menu
            label="Actions"
            items={[{ text: "Say it", onPress: () => toast("Posted 3 messages to image-resize.") }]}
          >
            Actions
          </Menu>
        </>
      }
    >
      <div class="panel-body stack">
        <Field label="Ttl" value={text} onInput={setText} hint="At most 14 d." />
        <Field label="Delay" value={text} onInput={setText} error="It must be at least 10 s." isCode />
        <p class="row">
          <input type="checkbox" aria-label="off" /> <input type="checkbox" checked aria-label="on" />{" "}
          <input type="checkbox" disabled aria-label="may not" /> <input type="radio" name="r" aria-label="no" />{" "}
          <input type="radio" name="r" checked aria-label="yes" />
        </p>
        <CopyLine text="sukkal tail orders-billing-eu" />
      </div>
    </Panel>
  );
}

/** An hour, in which three minutes were not heard of. */
function Lines(): JSX.Element {
  const times = Array.from({ length: 360 }, (_, index) => NOW - (360 - index) * 10_000);
  const values = (from: number, step: number): readonly (number | null)[] =>
    times.map((_, index) => (index > 100 && index < 118 ? null : Math.max(0, from + step * Math.max(0, index - 100))));
  return (
    <Panel title="Waiting" tools={<span class="label">messages, every 10 s</span>}>
      <div class="panel-body">
        <Chart
          label="Free rises from 40 to 80,000 within the hour; claimed stays at 144."
          times={times}
          lines={[
            { label: "Free", tone: "free", hasArea: true, values: values(40, 320) },
            { label: "Claimed", tone: "held", values: values(20_000, 0) },
            { label: "Posted", tone: "in", isDashed: true, values: values(30_000, 40) },
          ]}
          write={count}
          note={{ at: NOW - 43 * MINUTE, text: "02:29:08 four consumers stop asking" }}
          cursor="states"
        />
      </div>
    </Panel>
  );
}

function Missing(): JSX.Element {
  return (
    <>
      <Notice tone="watch" sign="stale" action={<Button isSmall>Try now</Button>}>
        <strong>Not heard from the service since 03:11:52.</strong> Figures are of that moment. Next try in 8 s.
      </Notice>
      <Failure what="The settings were not saved" error="the minimum and the maximum must be at least 10 s apart" />
      <Notice>Your credential may read here, and nothing else.</Notice>
      <Panel title="Loading">
        <Bones rows={3} />
      </Panel>
      <Panel title="Nothing found">
        <Nothing>
          <p>No queue or topic has "billng" in its name.</p>
          <Button>Show all 18</Button>
        </Nothing>
      </Panel>
    </>
  );
}

function Danger(): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel title="What cannot be undone">
      <div class="panel-body">
        <Button kind="toward-danger" onPress={() => setOpen(true)}>
          Purge…
        </Button>
      </div>
      {isOpen && (
        <DangerDialog
          title="Purge catalog-import-staging?"
          name="catalog-import-staging"
          noun="queue"
          verb="Purge 3,438 messages"
          busyVerb="Purging"
          failed="Nothing was purged"
          run={() => Promise.reject(new Error("The service is restarting."))}
          onClose={() => setOpen(false)}
        >
          <p class="second">3,418 free and 20 claimed messages are lost.</p>
        </DangerDialog>
      )}
    </Panel>
  );
}

render(<States />, document.body);
