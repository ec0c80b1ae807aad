/** The API keys of the project: who may do what, and when each was last used. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiKey } from "sukkal/client";
import { Button } from "../../components/button.tsx";
import { DangerDialog } from "../../components/dialog.tsx";
import { Head } from "../../components/head.tsx";
import { Bones, Failure, Notice, Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Tag } from "../../components/tag.tsx";
import { Distance } from "../../components/time.tsx";
import { now } from "../../state/clock.ts";
import { Poll } from "../../state/poll.ts";
import { mayManageKeys, refusalOf, service } from "../../state/service.ts";
import { signedIn } from "../../state/session.ts";
import { toast } from "../../state/toasts.ts";
import { CreateKey } from "./create-key.tsx";

/** Keys on a page. More than a person reads; the command line lists all. */
const KEYS_MAX = 200;

const keys = new Poll<readonly ApiKey[]>({
  ask: async ({ signal }) => {
    const found: ApiKey[] = [];
    for await (const key of signedIn().keys.list({ signal, limit: 100 })) if (found.push(key) >= KEYS_MAX) break;
    return found;
  },
});

export function KeysPage(): JSX.Element {
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const isAllowed = mayManageKeys.value;
  useEffect(() => (isAllowed ? keys.start() : undefined), [isAllowed]);
  const create = isAllowed && (
    <Button icon="plus" refusal={refusalOf("keys:create", null)} onPress={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <>
      <Head
        title="Keys"
        name="Keys"
        lead="A key is shown once, when it is created. The service keeps only a hash of it."
        actions={create}
      />
      {isAllowed ? <Known onRevoke={setRevoked} /> : <NotAllowed />}
      {isCreating && (
        <CreateKey
          onClose={() => {
            setCreating(false);
            keys.askNow();
          }}
        />
      )}
      {revoked !== null && <Revoke apiKey={revoked} onClose={() => setRevoked(null)} />}
    </>
  );
}

function NotAllowed(): JSX.Element {
  const hasKeys = service.value?.extensions.includes("api-keys") === true;
  return (
    <Notice>
      {hasKeys
        ? "Keys need the role admin, which your credential does not have."
        : "This service has no API keys: its operator has not set AUTH_STRATEGY=keys."}
    </Notice>
  );
}

function Known({ onRevoke }: { readonly onRevoke: (key: ApiKey) => void }): JSX.Element {
  const { value: found } = keys.answer;
  const { value: failure } = keys.failure;
  return (
    <>
      {failure !== null && <Failure what="The keys were not read" error={failure} />}
      <Panel title="Keys" isTitleUnseen>
        {found === null && failure === null && <Bones rows={4} />}
        {found?.length === 0 && (
          <Nothing>
            <p>No keys yet. Give each program a key of its own, with the least it needs.</p>
          </Nothing>
        )}
        {found !== null && found.length > 0 && <KeyTable found={found} onRevoke={onRevoke} />}
      </Panel>
    </>
  );
}

function KeyTable({
  found,
  onRevoke,
}: {
  readonly found: readonly ApiKey[];
  readonly onRevoke: (key: ApiKey) => void;
}): JSX.Element {
  return (
    <table class="table cards">
      <caption class="unseen">API keys, with their rights and last uses</caption>
      <thead>
        <tr>
          <th scope="col" title="What it is for, and its id">
            Key
          </th>
          <th scope="col" title="Its roles, and the names to which it is limited">
            Rights
          </th>
          <th scope="col" class="at-desk" title="From when on it is refused">
            Ends
          </th>
          <th scope="col" class="at-desk" title="The last request with it, to 10 minutes">
            Last used
          </th>
          <th scope="col">
            <span class="unseen">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {found.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => onRevoke(key)} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow({ apiKey, onRevoke }: { readonly apiKey: ApiKey; readonly onRevoke: () => void }): JSX.Element {
  const { id, description, roles, queue_prefix: prefix, expires_at: end, last_used_at: used } = apiKey;
  const isOwn = service.value?.caller.key === id;
  const isOver = end !== null && Date.parse(end) <= now.value;
  return (
    <tr class={isOver ? "is-old" : undefined}>
      <th scope="row" class="fill">
        <span class="cell">
          <bdi>{description === "" ? <span class="quiet">no description</span> : description}</bdi>
          {isOwn && <Tag tone="free">yours</Tag>}
          <span class="id quiet at-desk">{id}</span>
        </span>
      </th>
      <td data-label="Rights">
        {roles.join(", ")}
        {prefix !== "" && <span class="quiet"> only {prefix}*</span>}
      </td>
      <td data-label="Ends">{end === null ? <span class="none">never</span> : <Distance at={Date.parse(end)} />}</td>
      <td class="at-desk">{used === null ? <span class="none">never</span> : <Distance at={Date.parse(used)} />}</td>
      <td class="n card-action">
        <Button
          isSmall
          kind="toward-danger"
          refusal={refusalOf("keys:delete", null)}
          onPress={onRevoke}
          label={`Revoke ${description || id}`}
        >
          Revoke…
        </Button>
      </td>
    </tr>
  );
}

function Revoke({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }): JSX.Element {
  const { id, description } = apiKey;
  const revoke = async (): Promise<void> => {
    await signedIn().keys.revoke(id);
    toast(`The key ${description || id} is revoked.`);
    keys.askNow();
  };
  return (
    <DangerDialog
      title={`Revoke ${description || id}?`}
      name={id}
      noun="key"
      verb="Revoke key"
      busyVerb="Revoking"
      failed="The key was not revoked"
      run={revoke}
      onClose={onClose}
    >
      <p>
        Whoever uses it is refused everywhere within a minute. Nothing brings it back: a new key is another text.
        {service.value?.caller.key === id && <strong> It is the key with which you are signed in.</strong>}
      </p>
    </DangerDialog>
  );
}
