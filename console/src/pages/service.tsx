/** What the service is and allows, and who the reader is to it. */
import type { ComponentChildren, JSX } from "preact";
import type { Caller } from "sukkal/client";
import { CopyCurl } from "../components/copy-curl.tsx";
import { Head } from "../components/head.tsx";
import { Panel } from "../components/panel.tsx";
import { Tag } from "../components/tag.tsx";
import { Instant } from "../components/time.tsx";
import { service } from "../state/service.ts";
import { limit } from "../text/limits.ts";

const PROOFS: Readonly<Record<string, string>> = {
  headers: "nothing: the service trusts what requests say",
  keystone: "a token of Keystone",
  key: "an API key",
  "signed-url": "a signed URL",
};

export function ServicePage(): JSX.Element {
  const view = service.value;
  return (
    <>
      <Head
        title="Service"
        name="Service"
        actions={<CopyCurl path="v2/service" />}
        lead={view && `Sukkal ${view.version}, the messaging API v2 of OpenStack.`}
      />
      {view !== null && (
        <>
          <Panel title="You">
            <Reader caller={view.caller} />
          </Panel>
          <div class="two">
            <Panel title="Limits">
              <dl class="facts panel-body">
                {Object.entries(view.limits).map(([name, value]) => (
                  <Fact key={name} label={<span class="id">{name}</span>}>
                    {limit(name, value)}
                  </Fact>
                ))}
              </dl>
            </Panel>
            <Panel title="Extensions">
              <div class="panel-body">
                <p class="row">
                  {view.extensions.map((name) => (
                    <Tag key={name}>{name}</Tag>
                  ))}
                </p>
              </div>
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

function Reader({ caller }: { readonly caller: Caller }): JSX.Element {
  const { project, user, key, roles, queue_prefix: prefix, proof, expires_at: end } = caller;
  return (
    <dl class="facts panel-body">
      <Fact label="Project">{project ?? "none"}</Fact>
      {user !== null && <Fact label="User">{user}</Fact>}
      {key !== null && (
        <Fact label="API key">
          <span class="id">{key}</span>
        </Fact>
      )}
      <Fact label="Roles">{roles.length === 0 ? "none stated" : roles.join(", ")}</Fact>
      <Fact label="Queues and topics">{prefix === "" ? "all" : `only ${prefix}*`}</Fact>
      <Fact label="Proven by">{PROOFS[proof] ?? proof}</Fact>
      <Fact label="Ends">{end === null ? "never, or not known" : <Instant at={Date.parse(end)} />}</Fact>
    </dl>
  );
}

function Fact({
  label,
  children,
}: {
  readonly label: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
