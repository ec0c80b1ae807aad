/** A project without queues: what to do next, with lines to paste. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Choice } from "../../components/field.tsx";
import { Head } from "../../components/head.tsx";
import { Panel } from "../../components/panel.tsx";
import { asker } from "../../state/curl.ts";
import { project, roles, service } from "../../state/service.ts";
import { BASE } from "../../state/session.ts";
import { byteLimit } from "../../text/bytes.ts";
import { setDuration } from "../../text/durations.ts";
import { firstSteps, TOOLS, type FirstSteps, type Tool } from "../../text/first-steps.ts";
import { PostMessage } from "../place/post-message.tsx";

interface FirstMessageProps {
  /** null: the reader may not. */
  readonly onCreate: (() => void) | null;
  readonly mayPost: boolean;
}

export function FirstMessage({ onCreate, mayPost }: FirstMessageProps): JSX.Element {
  const [isPosting, setPosting] = useState(false);
  return (
    <>
      <Head
        title="Nothing here yet. Post a message, and its queue is there."
        name="First message"
        lead="A queue needs no set-up and costs nothing while it is idle. This page changes when the first message arrives."
      />
      <div class="two">
        <Life />
        <div class="stack beside">
          {(onCreate !== null || mayPost) && (
            <Panel title="Or without a terminal">
              <div class="panel-body buttons">
                {onCreate !== null && (
                  <Button kind="main" icon="plus" onPress={onCreate}>
                    Create queue
                  </Button>
                )}
                {mayPost && <Button onPress={() => setPosting(true)}>Post a message from here</Button>}
              </div>
            </Panel>
          )}
          <WhatYouHave />
        </div>
      </div>
      {isPosting && <PostFirst onClose={() => setPosting(false)} />}
    </>
  );
}

function firstQueue(): string {
  return `${service.value?.caller.queue_prefix ?? ""}jobs`;
}

/** To a queue that the post creates. */
function PostFirst({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState(firstQueue);
  const place = { kind: "queue", name, figures: null, details: null, isMissing: true, failure: null } as const;
  return <PostMessage place={place} onName={setName} onClose={onClose} />;
}

function Life(): JSX.Element {
  const [tool, setTool] = useState<Tool>("curl");
  const steps = firstSteps(tool, { ...asker(), url: BASE, queue: firstQueue() });
  return (
    <Panel
      title="The life of one message"
      tools={
        <div class="push">
          <Choice
            label="Tool"
            value={tool}
            onChoose={setTool}
            options={(Object.keys(TOOLS) as Tool[]).map((value) => ({ value, text: TOOLS[value] }))}
          />
        </div>
      }
      foot={
        <span class="as-of">
          <span class="beat" />
          Waiting for the first message
        </span>
      }
    >
      <ol class="steps">
        {shown(steps).map(({ title, text, line }, index) => (
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
  );
}

function shown({ needs, post, claim, remove, taken }: FirstSteps) {
  return [
    { title: "Post it", text: `It is kept for an hour, whatever crashes. ${needs}`, line: post },
    {
      title: "Claim it",
      text: "It is yours for 300 seconds; nobody else gets it. If you crash, somebody else does.",
      line: claim,
    },
    { title: "Do the work, then delete it", text: taken ?? "Otherwise somebody else gets it.", line: remove },
  ];
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
