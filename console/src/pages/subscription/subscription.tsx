/** One subscription: whether notifications arrive, what the receiver says, and what can be done about it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Subscription, TestAttempt } from "sukkal/client";
import { Button } from "../../components/button.tsx";
import { DangerDialog } from "../../components/dialog.tsx";
import { Head } from "../../components/head.tsx";
import { useKeys } from "../../components/keys.tsx";
import { Menu } from "../../components/menu.tsx";
import { Bones, Failure, Nothing, Notice } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { useAction } from "../../components/use-action.ts";
import { now } from "../../state/clock.ts";
import { hostOf, outcomeText, tookText, wasCalled } from "../../state/deliveries.ts";
import { overview } from "../../state/overview.ts";
import { askAgain } from "../../state/poll.ts";
import { goTo } from "../../state/route.ts";
import { mayWrite, refusalOf } from "../../state/service.ts";
import { toast } from "../../state/toasts.ts";
import { duration } from "../../text/durations.ts";
import { hrefOf } from "../../text/routes.ts";
import { counted } from "../../text/words.ts";
import { clientOfPlace } from "../place/place-data.ts";
import { SubscriptionForm } from "../place/subscriptions/subscription-form.tsx";
import { useSubscription, type SubscriptionData, type SubscriptionId } from "./subscription-data.ts";
import { SubscriptionBody } from "./subscription-body.tsx";

export function SubscriptionPage(target: SubscriptionId): JSX.Element {
  const poll = useSubscription(target);
  const { value: data } = poll.answer;
  const { kind, name } = target;
  const list = hrefOf({ page: "place", kind, name, tab: "subscriptions" });
  const crumbs = [
    { text: "Queues", href: hrefOf({ page: "overview" }) },
    { text: name, href: hrefOf({ page: "place", kind, name, tab: "overview" }) },
    { text: "Subscriptions", href: list },
  ];
  if (data?.subscription != null)
    return <Known target={target} data={data} subscription={data.subscription} crumbs={crumbs} />;
  return (
    <>
      <Head title="Subscription" name="Subscription" crumbs={crumbs} />
      {poll.failure.value !== null && <Failure what="The subscription was not read" error={poll.failure.value} />}
      {data === null ? (
        <Panel title="Subscription" isTitleUnseen>
          <Bones rows={6} />
        </Panel>
      ) : (
        <Nothing>
          <p>This subscription has ended, or was deleted.</p>
          <a class="button" href={list}>
            Subscriptions of {name}
          </a>
        </Nothing>
      )}
    </>
  );
}

interface KnownProps {
  readonly target: SubscriptionId;
  readonly data: SubscriptionData;
  readonly subscription: Subscription;
  readonly crumbs: Parameters<typeof Head>[0]["crumbs"] & {};
}

function Known({ target, data, subscription, crumbs }: KnownProps): JSX.Element {
  const [over, setOver] = useState<"change" | "delete" | null>(null);
  const [tested, setTested] = useState<TestAttempt | null>(null);
  const { isBusy, error, run } = useAction();
  const sendTest = async (): Promise<void> => {
    setTested(await clientOfPlace(target).subscriptions.test(target.id));
    askAgain();
  };
  const refusal = refusalOf("subscription:test", target.name);
  const test = (): void => {
    if (mayWrite.peek() && refusal === null) run(sendTest);
  };
  useKeys({ t: test });
  const actions = mayWrite.value && (
    <>
      <Menu
        label="Change or delete"
        items={[
          {
            text: "Change…",
            refusal: refusalOf("subscription:update", target.name),
            onPress: () => setOver("change"),
          },
          {
            text: "Delete the subscription…",
            refusal: refusalOf("subscription:delete", target.name),
            onPress: () => setOver("delete"),
          },
        ]}
      >
        …
      </Menu>
      <Button kind="main" icon="right" keys="t" refusal={refusal} busy={isBusy ? "Sending" : null} onPress={test}>
        Send a test
      </Button>
    </>
  );
  return (
    <>
      <Head
        title={<bdi>{subscription.subscriber}</bdi>}
        name={hostOf(subscription)}
        crumbs={crumbs}
        lead={<Lead target={target} subscription={subscription} />}
        actions={actions}
      />
      {error !== null && <Failure what="The test was not sent" error={error} />}
      {tested !== null && <TestResult test={tested} />}
      {isUnconfirmed(data) && <Unconfirmed target={target} />}
      <SubscriptionBody target={target} data={data} />
      {over === "change" && (
        <SubscriptionForm place={target} subscription={subscription} onClose={() => setOver(null)} />
      )}
      {over === "delete" && <Delete target={target} data={data} onClose={() => setOver(null)} />}
    </>
  );
}

function Lead({
  target: { kind, name },
  subscription,
}: {
  readonly target: SubscriptionId;
  readonly subscription: Subscription;
}): JSX.Element {
  const { expires_at: end } = subscription;
  return (
    <>
      Gets every message of <a href={hrefOf({ page: "place", kind, name, tab: "overview" })}>{name}</a>
      {end !== undefined && `, ends in ${duration(Math.max(0, Date.parse(end) - now.value))}`}.
    </>
  );
}

/** A test says more than a report: it has the answer, and is there at once. */
function TestResult({ test }: { readonly test: TestAttempt }): JSX.Element {
  const isWell = test.outcome === "delivered";
  return (
    <div role="status">
      <Notice {...(!isWell && { tone: "watch" as const })} sign={isWell ? "well" : "watch"}>
        <strong>{isWell ? "The test arrived" : "The test did not arrive"}:</strong> the receiver{" "}
        {isWell ? `answered ${test.status ?? "yes"}` : outcomeText(test)}
        {wasCalled(test) && `, in ${tookText(test.duration_ms)}`}.
        {test.answer !== null && test.answer !== "" && (
          <>
            {" "}
            <bdi class="code">{test.answer}</bdi>
          </>
        )}
      </Notice>
    </div>
  );
}

/** Only where the service asks subscribers to confirm, which it says of attempts. */
function isUnconfirmed({ subscription, report }: SubscriptionData): boolean {
  return subscription?.confirmed === false && report.attempts.some(({ reason }) => reason === "unconfirmed");
}

function Unconfirmed({ target }: { readonly target: SubscriptionId }): JSX.Element {
  const { isBusy, error, run } = useAction();
  const confirm = async (): Promise<void> => {
    await clientOfPlace(target).subscriptions.confirm(target.id);
    toast("The subscription is confirmed.");
    askAgain();
  };
  return (
    <>
      <Notice
        tone="watch"
        action={
          mayWrite.value && (
            <Button
              isSmall
              busy={isBusy ? "Confirming" : null}
              refusal={refusalOf("subscription:confirm", target.name)}
              onPress={() => run(confirm)}
            >
              Confirm it here
            </Button>
          )
        }
      >
        <strong>Not confirmed.</strong> The subscriber was asked, and gets nothing until it has answered.
      </Notice>
      {error !== null && <Failure what="It was not confirmed" error={error} />}
    </>
  );
}

interface DeleteProps {
  readonly target: SubscriptionId;
  readonly data: SubscriptionData;
  readonly onClose: () => void;
}

function Delete({ target, data: { subscription, report }, onClose }: DeleteProps): JSX.Element {
  const { kind, name, id } = target;
  const run = async (): Promise<void> => {
    await clientOfPlace(target).subscriptions.delete(id);
    toast("The subscription is deleted.");
    overview.askNow();
    goTo({ page: "place", kind, name, tab: "subscriptions" });
  };
  const host = subscription === null ? id : hostOf(subscription);
  return (
    <DangerDialog
      title={`Delete the subscription of ${host}?`}
      name={host}
      noun="host"
      verb="Delete subscription"
      busyVerb="Deleting"
      failed="The subscription was not deleted"
      run={run}
      onClose={onClose}
    >
      <p>
        It gets no more messages. {counted(report.pending, "notification")} to send and{" "}
        {counted(report.redeliverable, "notification")} that {report.redeliverable === 1 ? "was" : "were"} given up are
        lost with it. The messages of {name} stay.
      </p>
    </DangerDialog>
  );
}
