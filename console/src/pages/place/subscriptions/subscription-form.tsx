/** The dialog that adds a subscription, or changes one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Subscription } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { Dialog } from "../../../components/dialog.tsx";
import { Field } from "../../../components/field.tsx";
import { Failure } from "../../../components/notice.tsx";
import { useAction } from "../../../components/use-action.ts";
import { askAgain } from "../../../state/poll.ts";
import { toast } from "../../../state/toasts.ts";
import { setDuration } from "../../../text/durations.ts";
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
  const [ttl, setTtl] = useState(String(subscription?.ttl ?? WEEK));
  const { isBusy, error, run } = useAction();
  const seconds = Number(ttl);
  const isWhole = ttl.trim() !== "" && Number.isSafeInteger(seconds);
  const save = async (): Promise<void> => {
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
  const isReady = subscriber.trim() !== "" && isWhole;
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
      <Field
        label="Ends after seconds"
        value={ttl}
        onInput={setTtl}
        inputmode="numeric"
        error={isWhole ? undefined : "A whole number of seconds."}
        hint={`${isWhole && seconds > 0 ? setDuration(seconds) : "A time"} from now, unless it is changed again.`}
      />
      {error !== null && <Failure what={failed} error={error} />}
    </Dialog>
  );
}
