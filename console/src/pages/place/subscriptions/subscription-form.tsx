/** The dialog that adds a subscription, or changes one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Subscription } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { DurationField, durationOf } from "../../../components/duration-field.tsx";
import { Field } from "../../../components/field.tsx";
import { Failure } from "../../../components/notice.tsx";
import { useAction } from "../../../components/use-action.ts";
import { now } from "../../../state/clock.ts";
import { askAgain } from "../../../state/poll.ts";
import { toast } from "../../../state/toasts.ts";
import { setDuration } from "../../../text/durations.ts";
import { minute } from "../../../text/instants.ts";
import { hrefOf } from "../../../text/routes.ts";
import { clientOfPlace, type PlaceId } from "../place-data.ts";

const WEEK = 604_800;

interface SubscriptionFormProps {
  readonly place: PlaceId;
  /** null: it adds one. */
  readonly subscription: Subscription | null;
  readonly onClose: () => void;
}

export function SubscriptionForm({ place, subscription, onClose }: SubscriptionFormProps): JSX.Element {
  const { kind, name } = place;
  const { subscriptions } = clientOfPlace(place);
  const [subscriber, setSubscriber] = useState(subscription?.subscriber ?? "");
  const [ttl, setTtl] = useState(setDuration(subscription?.ttl ?? WEEK));
  const { isBusy, error, run } = useAction();
  const seconds = durationOf(ttl);
  const save = async (): Promise<void> => {
    if (seconds == null) return;
    if (subscription === null) {
      const id = await subscriptions.create({ subscriber: subscriber.trim(), ttl: seconds });
      toast(`${name} has another subscriber.`, {
        text: "Open it",
        href: hrefOf({ page: "subscription", kind, name, id }),
      });
    } else {
      const isMoved = subscriber.trim() !== subscription.subscriber;
      await subscriptions.update(subscription.id, { ttl: seconds, ...(isMoved && { subscriber: subscriber.trim() }) });
      toast("The subscription is changed.");
    }
    askAgain();
    onClose();
  };
  const isReady = subscriber.trim() !== "" && seconds != null;
  const verb = subscription === null ? "Add subscription" : "Change";
  const foot = (
    <>
      <Button onPress={onClose}>Close</Button>
      <Button kind="main" type="submit" busy={isBusy ? "Saving" : null} isDisabled={!isReady}>
        {verb}
      </Button>
    </>
  );
  const title = subscription === null ? `Subscribe to ${name}` : "Change the subscription";
  const failed = subscription === null ? "The subscription was not added" : "Nothing was changed";
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => isReady && run(save)} foot={foot}>
      <Field
        label="Subscriber"
        value={subscriber}
        onInput={setSubscriber}
        isCode
        hasFocus
        placeholder="https://shop.example/hook"
        hint="A webhook gets a POST for every message. mailto: sends mails."
      />
      <DurationField
        label="Ends after"
        value={ttl}
        onInput={setTtl}
        hint={seconds == null ? "How long it lasts." : `It ends ${endText(seconds)}, unless it is prolonged before.`}
      />
      {error !== null && <Failure what={failed} error={error} />}
    </Dialog>
  );
}

function endText(seconds: number): string {
  const at = now.value + seconds * 1000;
  return Number.isFinite(new Date(at).getTime()) ? `at ${minute(at, now.value)}` : "in a far future";
}
