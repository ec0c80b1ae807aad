/** Checks and changes the metadata of a queue. */
import { placeNotFound, type MetadataDocument, type PlaceNotFound } from "../../domain/failure.ts";
import { membersOf, toObjectText, type JsonText, type Members } from "../../domain/json.ts";
import { applyChanges, type MetadataChange } from "../../domain/metadata-patch.ts";
import { checkMetadata, toQueueSettings } from "../../domain/queue-metadata.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { QueueRpc } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import type { SpreadTrigger } from "./spread-trigger.ts";
import type { Spreading } from "./spreading.ts";

export interface QueueMetadataDeps {
  readonly host: Pick<QueueHost, "armForRepair" | "commit" | "config" | "name" | "place" | "project" | "queue">;
  readonly spreading: Pick<Spreading, "renewSettings" | "takesPosts" | "tellSettings">;
  readonly trigger: Pick<SpreadTrigger, "onOne">;
}

type Changed = Result<JsonText, PlaceNotFound | "metadata-key-missing" | "metadata-invalid">;

export class QueueMetadata {
  private readonly host: QueueMetadataDeps["host"];
  private readonly deps: QueueMetadataDeps;

  constructor(deps: QueueMetadataDeps) {
    this.host = deps.host;
    this.deps = deps;
  }

  /** The metadata of a document as text, if it is valid. */
  check(metadata: Members, document: MetadataDocument): Result<JsonText, "metadata-invalid"> {
    const { config, place } = this.host;
    const { limits, messageEncryptionKey } = config;
    const context = { kind: place.kind, document, limits, canEncrypt: messageEncryptionKey !== null };
    const failure = checkMetadata(metadata, context);
    return failure === null ? ok(toObjectText(metadata)) : err(failure);
  }

  /** The metadata with the changes, which are not written. */
  preview(changes: readonly MetadataChange[]): Changed {
    const { queue, place, project } = this.host;
    if (queue === null) return err(placeNotFound(project, place));
    const changed = applyChanges(place.kind, membersOf(queue.record.metadata), changes);
    return changed.ok ? this.check(changed.value, "patch") : changed;
  }

  /** Applies the changes, all or none. */
  async patch(changes: readonly MetadataChange[]): ReturnType<QueueRpc["patch"]> {
    const { host, spreading, trigger } = this.deps;
    const write = (): ReturnType<QueueRpc["patch"]> =>
      host.commit(() => {
        const value = this.change(changes);
        if (value.ok) spreading.renewSettings();
        // For what was paused and goes on. A woken claim wakes the next one.
        const resumed = { notify: true, wake: 1 };
        return { value, enterIndex: value.ok && host.queue?.record.isIndexed === false, ...resumed };
      });
    const patched = await trigger.onOne(write);
    if (patched.ok) await spreading.tellSettings();
    return patched;
  }

  /** Writes the changes. Within a transaction. */
  private change(changes: readonly MetadataChange[]): Changed | Result<never, "queue-spread"> {
    const { queue, name } = this.host;
    const changed = this.preview(changes);
    if (queue === null || !changed.ok || changed.value === queue.record.metadata) return changed;
    if (this.deps.spreading.takesPosts && toQueueSettings(changed.value, name).isFifo) {
      return err({ kind: "queue-spread", queue: name, wish: "order" });
    }
    queue.record.setMetadata(changed.value);
    this.host.armForRepair();
    return changed;
  }
}
