/**
 * The flavors of queues and topics, where pools are in use (ADR 14). A queue stays in the region where it was created. When its
 * flavor changes, it has to be in a pool of the new flavor. If it is not, it is created again in such a pool, which only an empty
 * queue can be.
 */
import type { Placement } from "../domain/placement.ts";
import { flavorIn, isFlavorNamed, type Candidate } from "../domain/pool.ts";
import { membersOf, toJsonText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { UNLIMITED_QUOTAS } from "../domain/quota.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import { choosePlacementAmong } from "../objects/rpc/placement-choice.ts";
import type { Creation } from "../objects/rpc/queue.ts";
import type { PlacementAccess } from "../objects/rpc/stubs.ts";
import type { PlaceContext } from "./context.ts";
import { withRetries } from "./operation.ts";

const FLAVOR = RESERVED.flavor.key;

/** Refuses a `_flavor` that is not text. */
export function checkFlavor(value: JsonText | undefined, document: "put" | "patch"): void {
  if (isFlavorNamed(value)) return;
  throw new Refusal({ kind: "metadata-invalid", reason: `${FLAVOR} must be a string.`, document });
}

export function changesFlavor(changes: readonly MetadataChange[]): boolean {
  return changes.some(({ key }) => key === FLAVOR);
}

/** After a PUT: the queue has to be in a pool of the flavor in the PUT, even if it existed before. */
export async function settleFlavor(
  context: PlaceContext,
  placementAccess: PlacementAccess,
  { metadata, creation }: { readonly metadata: JsonText; readonly creation: Creation },
): Promise<void> {
  const flavor = flavorIn(membersOf(metadata));
  if (creation.created) {
    // It may have the placement of a queue whose deletion was not finished.
    if (isAmong(await placementAccess.candidates(flavor), creation.pool ?? null)) return;
    await move(context, placementAccess, { flavor, changes: [] });
  } else if (flavor !== null) {
    // A PUT that names no flavor only asks that the queue exists.
    await changeFlavor(context, placementAccess, [{ op: "add", key: FLAVOR, value: toJsonText(flavor) }]);
  }
}

/** Changes metadata, the flavor included. Returns the metadata that results. */
export async function changeFlavor(
  context: PlaceContext,
  placementAccess: PlacementAccess,
  changes: readonly MetadataChange[],
): Promise<JsonText> {
  const last = changes.findLast(({ key }) => key === FLAVOR);
  const value = last === undefined || last.op === "remove" ? undefined : last.value;
  checkFlavor(value, "patch");
  const flavor = flavorIn(new Map(value === undefined ? [] : [[FLAVOR, value]]));
  const stored = membersOf(await context.stub().metadata());
  if (flavorIn(stored) === flavor) return unwrap(await context.stub().patch({ changes }));
  return move(context, placementAccess, { flavor, changes });
}

/** Changes metadata of a queue that has to be in a pool of the flavor. */
async function move(
  context: PlaceContext,
  placementAccess: PlacementAccess,
  { flavor, changes }: { readonly flavor: string | null; readonly changes: readonly MetadataChange[] },
): Promise<JsonText> {
  const patch = async (): Promise<JsonText> => unwrap(await context.stub().patch({ changes }));
  const candidates = await placementAccess.candidates(flavor);
  const present = await placementAccess.placement();
  if (present === null || isAmong(candidates, present.pool)) return patch();
  // It is older than the pools.
  if (present.pool === null && flavor === null) return patch();
  const chosen = choosePlacementAmong(candidates, { flavor }, context);
  if (chosen.region === present.region) return reassign(patch, placementAccess, chosen);
  const moving = recreate(context, changes);
  // If the request ended between the two steps, the queue would be gone.
  context.waitUntil(moving.catch(() => undefined));
  return moving;
}

async function reassign(
  patch: () => Promise<JsonText>,
  placementAccess: PlacementAccess,
  chosen: Placement,
): Promise<JsonText> {
  const metadata = await patch();
  await placementAccess.assign(chosen);
  return metadata;
}

/** Deletes the queue and creates it in a pool of its flavor. The quota is not checked, because the queue existed. */
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
