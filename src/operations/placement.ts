/**
 * The flavors of queues and topics, where pools are in use (ADR 14). A queue stays in the region where it was created. When its
 * flavor changes, it has to be in a pool of the new flavor. If it is not, it is created again in such a pool, which only an empty
 * queue can be.
 */
import type { Failure, PlaceNotFound } from "../domain/failure.ts";
import type { Placement } from "../domain/placement.ts";
import { flavorIn, isFlavorNamed, type Candidate } from "../domain/pool.ts";
import { membersOf, toJsonText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { UNLIMITED_QUOTAS, type Quotas } from "../domain/quota.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import { choosePlacementAmong } from "../objects/rpc/placement-choice.ts";
import type { Creation, CreationRequest } from "../objects/rpc/queue.ts";
import type { PlacementAccess } from "../objects/rpc/stubs.ts";
import type { PlaceContext } from "./context.ts";
import { withRetries } from "./operation.ts";

const FLAVOR = RESERVED.flavor.key;
const CREATION_ATTEMPTS = 3;
const MISSING: ReadonlySet<Failure["kind"]> = new Set<PlaceNotFound>(["queue-not-found", "topic-not-found"]);

export function changesFlavor(changes: readonly MetadataChange[]): boolean {
  return changes.some(({ key }) => key === FLAVOR);
}

/** Creates a queue in a pool of the flavor in its metadata. A queue that exists gets that flavor. */
export async function createPlaced(
  context: PlaceContext,
  placementAccess: PlacementAccess,
  request: { readonly metadata: JsonText; readonly quotas: Quotas },
): Promise<Creation> {
  const members = membersOf(request.metadata);
  checkFlavor(members.get(FLAVOR), "put");
  const flavor = flavorIn(members);
  // Without a flavor it may be in every region, and one that exists stays as it is.
  if (flavor === null) return unwrap(await context.stub().create(request));
  const places = await placesOf(placementAccess, flavor);
  for (let attempt = 1; ; attempt++) {
    const creation = unwrap(await context.stub().create({ ...request, ...places }));
    if (creation.created) return creation;
    try {
      await changeFlavor(context, placementAccess, [{ op: "add", key: FLAVOR, value: toJsonText(flavor) }]);
      // Not `keepsMetadata`: its flavor has changed.
      return { created: false };
    } catch (failure) {
      if (!isOfMissingPlace(failure)) throw failure;
      // Another request has deleted it meanwhile, or is moving it. The client may try again, as after every 503.
      if (attempt === CREATION_ATTEMPTS)
        throw new Error("The queue was moved or deleted again and again.", { cause: failure });
    }
  }
}

function isOfMissingPlace(failure: unknown): boolean {
  return failure instanceof Refusal && MISSING.has(failure.failure.kind);
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
  if (present === null || candidates.some(({ name }) => name === present.pool)) return patch();
  // It is older than the pools.
  if (present.pool === null && flavor === null) return patch();
  const chosen = choosePlacementAmong(candidates, { flavor }, context);
  const isSpreadEqually = (chosen.spread ?? null) === (present.spread ?? null);
  if (chosen.region === present.region && isSpreadEqually) return reassign(patch, placementAccess, chosen);
  const regions = [chosen.region, ...candidates.map(({ region }) => region)];
  // Pools without a flavor may have different rules.
  const places = flavor === null ? { regions } : { regions, spreadRule: chosen.spread ?? null };
  const moving = recreate(context, placementAccess, { changes, chosen, places });
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

interface Recreation {
  readonly changes: readonly MetadataChange[];
  readonly chosen: Placement;
  /** Where its flavor has pools: if the project did not record `chosen`, another pool may be chosen. */
  readonly places: Places;
}

/** The regions and the rule of the pools of a flavor. */
type Places = Pick<CreationRequest, "regions" | "spreadRule">;

/** Deletes the queue and creates it in a pool of its flavor. The quota is not checked, because the project keeps its room. */
async function recreate(
  context: PlaceContext,
  placementAccess: PlacementAccess,
  { changes, chosen, places }: Recreation,
): Promise<JsonText> {
  const metadata = unwrap(await context.stub().depart({ changes, next: chosen }));
  const creation = { metadata, quotas: UNLIMITED_QUOTAS, ...places };
  const { created } = unwrap(await withRetries(() => context.stub().create(creation)));
  if (created) return metadata;
  // Another request has created it meanwhile, such as a post.
  const members = [...membersOf(metadata)].map(([key, value]) => ({ op: "add" as const, key, value }));
  return changeFlavor(context, placementAccess, members);
}

/** Refuses a `_flavor` that is not text. */
function checkFlavor(value: JsonText | undefined, document: "put" | "patch"): void {
  if (isFlavorNamed(value)) return;
  throw new Refusal({ kind: "metadata-invalid", reason: `${FLAVOR} must be a string.`, document });
}

/**
 * Where queues of the flavor can be. A flavor that does not exist has no region: a new queue is refused when its pool is chosen,
 * but a queue that has the flavor already stays.
 */
async function placesOf(placementAccess: PlacementAccess, flavor: string): Promise<Places> {
  const candidates = await placementAccess.candidates(flavor).catch((failure: unknown): readonly Candidate[] => {
    if (failure instanceof Refusal && failure.failure.kind === "flavor-unknown") return [];
    throw failure;
  });
  return { regions: candidates.map(({ region }) => region), spreadRule: candidates[0]?.spread ?? null };
}
