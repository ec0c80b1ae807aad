/** Checks and changes the metadata of a queue. */
import { placeNotFound, type MetadataDocument } from "../../domain/failure.ts";
import { membersOf, toObjectText, type JsonText, type Members } from "../../domain/json.ts";
import { applyChanges, type MetadataChange } from "../../domain/metadata-patch.ts";
import { checkMetadata } from "../../domain/queue-metadata.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { QueueRpc } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";

export interface QueueMetadataDeps {
  readonly host: Pick<QueueHost, "armForRepair" | "config" | "place" | "project" | "queue">;
}

type Changed = Awaited<ReturnType<QueueRpc["patch"]>>;

export class QueueMetadata {
  private readonly host: QueueMetadataDeps["host"];

  constructor({ host }: QueueMetadataDeps) {
    this.host = host;
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

  /** Writes the changes. Within a transaction. */
  change(changes: readonly MetadataChange[]): Changed {
    const { queue } = this.host;
    const changed = this.preview(changes);
    if (queue === null || !changed.ok || changed.value === queue.record.metadata) return changed;
    queue.record.setMetadata(changed.value);
    this.host.armForRepair();
    return changed;
  }
}
