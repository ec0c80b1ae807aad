/**
 * The flavors of queues and topics, where pools are in use (ADR 14). A queue stays where it was created. One whose flavor
 * changes has to be in a pool of the new flavor: if it is not, it is created again there, which only one that holds nothing
 * can be.
 */
import type { Placement } from "../domain/placement.ts";
import { flavorIn, isFlavorNamed, type Candidate } from "../domain/pool.ts";
import { membersOf, toJsonText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { UNLIMITED_QUOTAS } from "../domain/quota.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import { chooseAmong } from "../objects/rpc/choice.ts";
import type { Creation } from "../objects/rpc/queue.ts";
import type { Placing } from "../objects/rpc/stubs.ts";
import type { PlaceContext } from "./context.ts";
import { withRetries } from "./operation.ts";

const FLAVOR = RESERVED.flavor.key;

/** Refuses a `_flavor` that is no text. */
export function checkFlavor(value: JsonText | undefined, document: "put" | "patch"): void {
  if (isFlavorNamed(value)) return;
  throw new Refusal({ kind: "metadata-invalid", reason: `${FLAVOR} must be a string.`, document });
}

export function changesFlavor(changes: readonly MetadataChange[]): boolean {
  return changes.some(({ key }) => key === FLAVOR);
}

/** After a PUT: the queue has to be in a pool of the flavor that the PUT names, also one that existed. */
export async function settleFlavor(
  context: PlaceContext,
  placing: Placing,
  { metadata, creation }: { readonly metadata: JsonText; readonly creation: Creation },
): Promise<void> {
  const flavor = flavorIn(membersOf(metadata));
  if (creation.created) {
    // Its place may be that of a queue whose deletion was not finished.
    if (isAmong(await placing.candidates(flavor), creation.pool ?? null)) return;
    await move(context, placing, { flavor, changes: [] });
  } else if (flavor !== null) {
    // A PUT that names no flavor only asks that the queue exists.
    await updateFlavor(context, placing, [{ op: "add", key: FLAVOR, value: toJsonText(flavor) }]);
  }
}

/** Changes metadata, the flavor included. Returns the metadata that results. */
export async function updateFlavor(
  context: PlaceContext,
  placing: Placing,
  changes: readonly MetadataChange[],
): Promise<JsonText> {
  const last = changes.findLast(({ key }) => key === FLAVOR);
  const value = last === undefined || last.op === "remove" ? undefined : last.value;
  checkFlavor(value, "patch");
  const flavor = flavorIn(new Map(value === undefined ? [] : [[FLAVOR, value]]));
  const stored = membersOf(await context.stub().metadata());
  if (flavorIn(stored) === flavor) return unwrap(await context.stub().patch({ changes }));
  return move(context, placing, { flavor, changes });
}

/** Changes metadata of a queue that has to be in a pool of the flavor. */
async function move(
  context: PlaceContext,
  placing: Placing,
  { flavor, changes }: { readonly flavor: string | null; readonly changes: readonly MetadataChange[] },
): Promise<JsonText> {
  const patch = async (): Promise<JsonText> => unwrap(await context.stub().patch({ changes }));
  const candidates = await placing.candidates(flavor);
  const present = await placing.placement();
  if (present === null || isAmong(candidates, present.pool)) return patch();
  // It was there before there were pools.
  if (present.pool === null && flavor === null) return patch();
  const chosen = chooseAmong(candidates, { flavor }, context);
  if (chosen.region === present.region) return reassign(patch, placing, chosen);
  const moving = recreate(context, changes);
  // Ended halfway, the queue would be gone.
  context.waitUntil(moving.catch(() => undefined));
  return moving;
}

async function reassign(patch: () => Promise<JsonText>, placing: Placing, chosen: Placement): Promise<JsonText> {
  const metadata = await patch();
  await placing.assign(chosen);
  return metadata;
}

/** Gives the queue up and creates it where its flavor has it. The quota is not asked, because the queue was there. */
async function recreate(context: PlaceContext, changes: readonly MetadataChange[]): Promise<JsonText> {
  const metadata = unwrap(await context.stub().depart({ changes }));
  const quotas = UNLIMITED_QUOTAS;
  const { created } = unwrap(await withRetries(() => context.stub().create({ metadata, quotas })));
  // Another request was faster, and its metadata stays.
  if (!created) throw new Refusal({ kind: "place-occupied", place: context.place });
  return metadata;
}

function isAmong(candidates: readonly Candidate[], pool: string | null): boolean {
  return candidates.some(({ name }) => name === pool);
}
