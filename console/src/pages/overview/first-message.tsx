/** A project without queues: what to do next, with lines to paste. */
import type { JSX } from "preact";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Head } from "../../components/head.tsx";
import { Panel } from "../../components/panel.tsx";
import { curlHeaders } from "../../state/curl.ts";
import { project, roles, service } from "../../state/service.ts";
import { BASE } from "../../state/session.ts";
import { byteLimit } from "../../text/bytes.ts";
import { setDuration } from "../../text/durations.ts";

export function FirstMessage({ onCreate }: { readonly onCreate: (() => void) | null }): JSX.Element {
  return (
    <>
      <Head
        title="Nothing here yet. Post a message, and its queue is there."
        name="First message"
        lead="A queue needs no set-up and costs nothing while it is idle. This page changes when the first message arrives."
      />
      <div class="two">
        <Panel
          title="The life of one message"
          foot={
            <span class="as-of">
              <span class="beat" />
              Waiting for the first message
            </span>
          }
        >
          <ol class="steps">
            {stepsOf().map(({ title, text, line }, index) => (
              <li key={title} class={index === 0 ? "now" : undefined}>
                <span class="ordinal">{index + 1}</span>
                <div>
                  <h3>{title}</h3>
                  <p class="second">{text}</p>
                  <CopyLine text={line} />
                </div>
              </li>
            ))}
          </ol>
        </Panel>
        <div class="stack beside">
          {onCreate !== null && (
            <Panel title="Or without a terminal">
              <div class="panel-body">
                <Button kind="main" icon="plus" onPress={onCreate}>
                  Create queue
                </Button>
              </div>
            </Panel>
          )}
          <WhatYouHave />
        </div>
      </div>
    </>
  );
}

function WhatYouHave(): JSX.Element {
  const { limits = {}, caller } = service.value ?? {};
  const prefix = caller?.queue_prefix ?? "";
  const facts: readonly (readonly [string, string])[] = [
    ["Project", project.value ?? "none"],
    ["Your role", roles.value.at(-1) ?? "none"],
    ["Queues you may use", prefix === "" ? "all" : `${prefix}*`],
    ["Longest ttl", setDuration(limits["max_message_ttl"] ?? 0)],
    ["Largest post", byteLimit(limits["max_messages_post_size"] ?? 0)],
    ["Longest wait", setDuration(limits["max_claim_wait"] ?? 0)],
  ];
  return (
    <Panel title="What you have">
      <dl class="facts panel-body">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </Panel>
  );
}

function stepsOf(): readonly { readonly title: string; readonly text: string; readonly line: string }[] {
  const headers = curlHeaders();
  const queue = `${BASE}v2/queues/jobs`;
  const messages = `{"messages": [{"body": {"resize": "cat.png"}, "ttl": 3600}]}`;
  return [
    {
      title: "Post it",
      text: "It is kept for an hour, whatever crashes.",
      line: `curl -s ${queue}/messages \\\n  ${headers} \\\n  --json '${messages}'`,
    },
    {
      title: "Claim it",
      text: "It is yours for 300 seconds; nobody else gets it. If you crash, somebody else does.",
      line: `curl -s '${queue}/claims?limit=1' \\\n  ${headers} \\\n  -H 'Prefer: wait=20' --json '{"ttl": 300, "grace": 60}'`,
    },
    {
      title: "Do the work, then delete it",
      text: "HREF is the href of the message in the answer before.",
      line: `curl -s -X DELETE "${new URL(BASE).origin}$HREF" \\\n  ${headers}`,
    },
  ];
}
