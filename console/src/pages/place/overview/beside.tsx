/** Beside the charts: the settings, the subscriptions, and lines for a terminal. */
import type { ComponentChildren, JSX } from "preact";
import type { Metadata, Subscription, SubscriptionFigures } from "sukkal/client";
import { CopyCurl } from "../../../components/copy-curl.tsx";
import { CopyLine } from "../../../components/copy-line.tsx";
import { Name } from "../../../components/name.tsx";
import { Panel } from "../../../components/panel.tsx";
import { usePoll } from "../../../components/use-poll.ts";
import { now } from "../../../state/clock.ts";
import { byteLimit } from "../../../text/bytes.ts";
import { setDuration } from "../../../text/durations.ts";
import { minute } from "../../../text/instants.ts";
import { hrefOf, type PlaceTab } from "../../../text/routes.ts";
import { counted } from "../../../text/words.ts";
import { isFailing } from "../../../verdict/subscribers.ts";
import { clientOfPlace, pathOfPlace, type PlaceData, type PlaceId } from "../place-data.ts";

/** More would be a page of their own, which they have. */
const SUBSCRIPTIONS_MAX = 5;
/** Milliseconds. Subscriptions change when somebody changes them. */
const SUBSCRIPTIONS_EVERY = 10_000;

interface PlaceProps {
  readonly place: PlaceData;
}

export function Beside({ place }: PlaceProps): JSX.Element {
  const { name, kind, details } = place;
  const terminal = kind === "queue" ? [`sukkal tail ${name}`, "sukkal top --sort oldest"] : [`sukkal tail ${name}`];
  return (
    <div class="stack beside">
      {details !== null && <Settings place={place} metadata={details.metadata} />}
      <SubscriptionLines place={place} />
      <Panel
        title="From a terminal"
        tools={
          <div class="push">
            <CopyCurl path={`${pathOfPlace(place)}/figures`} />
          </div>
        }
      >
        <div class="panel-body">
          <CopyLine text={terminal.join("\n")} />
        </div>
      </Panel>
    </div>
  );
}

function tabOf({ kind, name }: PlaceId, tab: PlaceTab): string {
  return hrefOf({ page: "place", kind, name, tab });
}

function Settings({ place, metadata }: PlaceProps & { readonly metadata: Metadata }): JSX.Element {
  return (
    <Panel
      title="Settings"
      tools={
        <a class="push" href={tabOf(place, "settings")}>
          Change
        </a>
      }
    >
      <dl class="facts panel-body">
        {factsOf(place, metadata).map(([label, value]) => (
          <>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </Panel>
  );
}

/** Dead letters are of queues only. */
function factsOf({ kind }: PlaceId, metadata: Metadata): readonly (readonly [string, ComponentChildren])[] {
  const {
    _default_message_ttl: ttl,
    _default_message_delay: delay,
    _dead_letter_queue: target,
    _max_claim_count: claims,
    _dead_letter_queue_messages_ttl: deadTtl,
    _max_messages_post_size: postSize,
    _enable_encrypt_messages: isEncrypted,
  } = metadata;
  const dead = kind === "queue" && target != null && target !== "";
  return [
    ["Message ttl", seconds(ttl)],
    ["Message delay", seconds(delay)],
    ...(dead
      ? ([
          ["Claims before dead", claims ?? "any number"],
          ["Dead letters go to", <a href={tabOf({ kind: "queue", name: target }, "overview")}>{target}</a>],
          ["Dead letters live", deadTtl == null ? "what is left" : setDuration(deadTtl)],
        ] as const)
      : []),
    ["Largest post", postSize == null ? "default" : byteLimit(postSize)],
    ["Bodies at rest", isEncrypted === true ? "encrypted" : "as they are"],
  ];
}

function seconds(value: number | null | undefined): string {
  return value == null ? "none" : setDuration(value);
}

function SubscriptionLines({ place }: PlaceProps): JSX.Element {
  const { kind, name, figures } = place;
  const poll = usePoll<readonly Subscription[]>(`${kind}/${name}/subscriptions`, {
    period: SUBSCRIPTIONS_EVERY,
    ask: async ({ signal }) => {
      const found: Subscription[] = [];
      for await (const each of clientOfPlace(place).subscriptions.list({ signal, limit: SUBSCRIPTIONS_MAX })) {
        found.push(each);
        if (found.length === SUBSCRIPTIONS_MAX) break;
      }
      return found;
    },
    newsOf: (all) => all.map(({ id, subscriber, confirmed }) => [id, subscriber, confirmed]),
  });
  const subscriptions = poll.answer.value ?? [];
  const failing = new Map((figures?.subscriptions?.failing ?? []).map((each) => [each.id, each]));
  const total = figures?.subscriptions?.count ?? subscriptions.length;
  return (
    <Panel
      title="Subscriptions"
      tools={
        total > 0 && (
          <a class="push" href={tabOf(place, "subscriptions")}>
            All {total}
          </a>
        )
      }
    >
      <div class="panel-body">
        {subscriptions.length === 0 ? (
          <p class="quiet">{poll.answer.value === null ? "Not known." : "None. Nobody is notified."}</p>
        ) : (
          <ul class="lines">
            {subscriptions.map(({ id, subscriber, confirmed }) => (
              <li key={id}>
                <a href={hrefOf({ page: "subscription", kind, name, id })}>
                  <Name name={hostOf(subscriber)} />
                </a>
                <span class="push quiet">{stateOf(failing.get(id), confirmed)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

function stateOf(undelivered: SubscriptionFigures["failing"][number] | undefined, isConfirmed: boolean): string {
  if (!isConfirmed) return "not confirmed";
  if (undelivered === undefined || !isFailing(undelivered, now.value)) return "";
  const { failed, since } = undelivered;
  if (failed > 0) return `${counted(failed, "notification")} given up`;
  return since === null ? "" : `fails since ${minute(Date.parse(since), now.value)}`;
}

/** What tells receivers apart: the host; of an address of another form, all of it. */
function hostOf(subscriber: string): string {
  const address = subscriber.replace(/^trust\+/, "");
  return URL.canParse(address) ? new URL(address).host || address : address;
}
