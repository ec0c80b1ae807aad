/** `sukkal sub …`. */
import type { Subscription } from "../../subscriptions.ts";
import { flag, QUEUE, seconds, text, valueFlag, YES } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { secondsLeft } from "../subscriptions/expiry.ts";
import { assertExists, placeOf, TOPIC_FLAG, type TopicFlag } from "../place.ts";
import { OPTION_FLAGS, toOptions, type OptionFlags } from "../subscriptions/options.ts";
import { confirmByName } from "../terminal/confirm.ts";
import type { Column } from "../terminal/table.ts";
import { duration } from "../terminal/units.ts";
import { DELIVERIES_COMMAND, REDELIVER_COMMAND, TEST_COMMAND } from "./deliveries.ts";
import { SUBSCRIPTION_ARGS, subscriptionsOf } from "../subscriptions/arguments.ts";
import { group } from "../group.ts";

const COLUMNS: readonly Column<Subscription>[] = [
  { title: "ID", value: ({ id }) => id, isWhole: true },
  { title: "ENDS IN", value: secondsLeft, shown: (each) => duration(secondsLeft(each)), align: "right" },
  {
    title: "CONFIRMED",
    value: ({ confirmed }) => String(confirmed),
    shown: ({ confirmed }) => (confirmed ? "yes" : null),
  },
  { title: "SUBSCRIBER", value: ({ subscriber }) => subscriber },
];

const list = command({
  brief: "List the subscriptions of a queue or topic",
  description: "CONFIRMED counts only where the service asks subscribers to confirm (REQUIRE_CONFIRMATION).",
  examples: [
    ["sub list jobs", "of a queue"],
    ["sub list news --topic", "of a topic"],
  ],
  flags: { topic: TOPIC_FLAG },
  args: { kind: "tuple", parameters: [QUEUE] },
  async run({ sukkal, output, signal }: Session, flags: TopicFlag, name: string) {
    const place = placeOf(await sukkal(), name, flags);
    let count = 0;
    const counting = async function* (): AsyncGenerator<Subscription, void, undefined> {
      for await (const each of place.subscriptions.list({ signal })) {
        count++;
        yield each;
      }
    };
    await output.list(counting(), COLUMNS);
    if (count > 0) return;
    await assertExists(place, signal);
    output.hint(`${name} has no subscription. sukkal sub add ${name} URL adds one.`);
  },
});

const TTL = valueFlag(seconds, "time", "time from now until it ends; 1h by default");

type AddFlags = TopicFlag & OptionFlags & { readonly ttl?: number };

const add = command({
  brief: "Send copies of new messages to a webhook, a mailbox or a queue",
  description: `Creates the queue if it does not exist, and prints the id of the subscription. Without --ttl it ends
after an hour. A subscriber that has a subscription is refused: sukkal sub set changes that.`,
  examples: [
    ["sub add jobs https://shop.example/hook --ttl 365d", "a webhook"],
    ["sub add jobs mailto:ops@shop.example --ttl 30d --option subject=Jobs", "a mail a message"],
    ["sub add news https://shop.example/hook --topic --header 'X-Shop: 1'", "a topic, with another header"],
  ],
  flags: { ttl: TTL, ...OPTION_FLAGS, topic: TOPIC_FLAG },
  args: {
    kind: "tuple",
    parameters: [QUEUE, { brief: "http:, https: or mailto: address", placeholder: "subscriber", parse: text }],
  },
  async run(session: Session, { ttl, ...flags }: AddFlags, name: string, subscriber: string) {
    const { sukkal, output, signal } = session;
    const options = await toOptions(flags, session);
    const { subscriptions } = placeOf(await sukkal(), name, flags);
    const id = await subscriptions.create(
      { subscriber, ttl, ...(Object.keys(options).length === 0 ? {} : { options }) },
      { signal },
    );
    await output.result({ id }, id);
    const line = `${name} ${id}${flags.topic === true ? " --topic" : ""}`;
    if (ttl === undefined) output.hint(`It ends in an hour. To keep it: sukkal sub set ${line} --ttl 365d`);
    output.hint(`To try it: sukkal sub test ${line}`);
  },
});

const show = command({
  brief: "Show a subscription with its options",
  examples: [
    ["sub show jobs 01a22025978c…", "all of it"],
    ["sub show jobs 01a22025978c… --json | jq .options", "for programs"],
  ],
  flags: { topic: TOPIC_FLAG },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: TopicFlag, name: string, id: string) {
    const { output, signal } = session;
    const subscription = await (await subscriptionsOf(session, name, flags)).get(id, { signal });
    const { source, subscriber, ttl, age, confirmed, options } = subscription;
    await output.record(subscription, [
      ["id", id],
      ["source", source],
      ["subscriber", subscriber],
      ["ttl", ttl, duration(ttl)],
      ["age", age, duration(age)],
      ["ends in", secondsLeft(subscription), duration(secondsLeft(subscription))],
      ["confirmed", confirmed, confirmed ? "yes" : "no"],
      ["options", JSON.stringify(options)],
    ]);
  },
});

type SetFlags = AddFlags & { readonly subscriber?: string; readonly unset?: readonly string[] };

const set = command({
  brief: "Change a subscription",
  description: "Options that are not named stay as they are. Changes also count for messages that wait for an attempt.",
  examples: [
    ["sub set jobs 01a22025978c… --ttl 365d", "ends in a year from now"],
    ["sub set jobs 01a22025978c… --concurrency 4 --unset post_data", "changes options"],
  ],
  flags: {
    ttl: { ...TTL, brief: "time from now until it ends" },
    subscriber: valueFlag(text, "url", "another subscriber"),
    ...OPTION_FLAGS,
    unset: {
      kind: "parsed",
      parse: text,
      variadic: true,
      optional: true,
      placeholder: "name",
      brief: "option to remove",
    },
    topic: TOPIC_FLAG,
  },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: SetFlags, name: string, id: string) {
    const { output, signal } = session;
    const { ttl, subscriber, unset = [] } = flags;
    const subscriptions = await subscriptionsOf(session, name, flags);
    const changes = await toOptions(flags, session);
    const isChanged = Object.keys(changes).length + unset.length > 0;
    if (!isChanged && ttl === undefined && subscriber === undefined)
      throw new Failure("There is nothing to change.", { exitCode: EXIT.usage, hint: "sukkal sub set --help" });
    if (isChanged) {
      // The service replaces all options.
      const { options: present } = await subscriptions.get(id, { signal });
      const options = Object.entries({ ...present, ...(await toOptions(flags, session, present)) });
      const kept = Object.fromEntries(options.filter(([option]) => !unset.includes(option)));
      await subscriptions.update(id, { ttl, subscriber, options: kept }, { signal });
    } else await subscriptions.update(id, { ttl, subscriber }, { signal });
    output.done(`Subscription ${id} of ${name} is changed.`);
  },
});

const remove = command({
  brief: "Delete a subscription with what it has not delivered",
  examples: [["sub delete jobs 01a22025978c…", "says how much is undelivered, and asks for the id"]],
  flags: { topic: TOPIC_FLAG, yes: YES },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: TopicFlag & { readonly yes?: boolean }, name: string, id: string) {
    const { output, signal } = session;
    const subscriptions = await subscriptionsOf(session, name, flags);
    // The service answers the deletion of nothing like any other.
    const { subscriber } = await subscriptions.get(id, { signal });
    const { pending, redeliverable } = await subscriptions.deliveries(id, { signal });
    const notifications = `${pending} pending and ${redeliverable} failed notifications`;
    const what = `This deletes the subscription of ${subscriber} with ${notifications}`;
    await confirmByName(session, { what, name: id, yes: flags.yes });
    await subscriptions.delete(id, { signal });
    output.done(`Subscription ${id} of ${name} is deleted.`);
  },
});

const confirm = command({
  brief: "Confirm a subscription for its subscriber",
  description: "Subscribers have to confirm where the service asks them to (REQUIRE_CONFIRMATION).",
  examples: [
    ["sub confirm jobs 01a22025978c…", "deliveries begin"],
    ["sub confirm jobs 01a22025978c… --refuse", "deliveries end"],
  ],
  flags: { refuse: flag("unsubscribe in place of the subscriber"), topic: TOPIC_FLAG },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: TopicFlag & { readonly refuse?: boolean }, name: string, id: string) {
    const { output, signal } = session;
    const isConfirmed = flags.refuse !== true;
    await (await subscriptionsOf(session, name, flags)).confirm(id, isConfirmed, { signal });
    output.done(`Subscription ${id} of ${name} is ${isConfirmed ? "confirmed" : "refused"}.`);
  },
});

const secret = command({
  brief: "Make a new secret, by which receivers verify notifications",
  description: `Prints the secret, this once. From now on notifications are signed with it; for a day also with the
former one, so that receivers can change over.`,
  examples: [["sub secret jobs 01a22025978c… --quiet > secret", "into a file, for the receiver"]],
  flags: { topic: TOPIC_FLAG },
  args: SUBSCRIPTION_ARGS,
  async run(session: Session, flags: TopicFlag, name: string, id: string) {
    const { output, signal } = session;
    const made = await (await subscriptionsOf(session, name, flags)).renewSecret(id, { signal });
    await output.result({ secret: made }, made);
    output.hint(`It is shown only now. Receivers verify with it by every library of Standard Webhooks, or by sukkal/webhooks:
  await verifyWebhook(secret, { headers: request.headers, body: await request.text() });`);
  },
});

export const SUBSCRIPTION_COMMANDS = group({
  brief: "Manage subscriptions: webhooks and mails for new messages",
  commands: {
    COMMANDS: {
      list,
      add,
      show,
      set,
      delete: remove,
      test: TEST_COMMAND,
      deliveries: DELIVERIES_COMMAND,
      redeliver: REDELIVER_COMMAND,
      secret,
      confirm,
    },
  },
});
