/** Opens the stored bodies of a queue's messages, and logs those that cannot be read. */
import type { MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Message } from "../../domain/message.ts";
import type { UnreadableReason } from "../../storage/queue/readable-entries.ts";
import type { BodyAccess } from "../../storage/queue/message-reader.ts";
import type { BodyCipher } from "./body-cipher.ts";

const PASSED_OVER = "It is passed over, as are others like it, until it is deleted or its life ends.";
const UNREADABLE: Readonly<Record<UnreadableReason, (message: MessageId) => string>> = {
  damaged: (message) => `Message ${message} is not stored as it was written: its row is damaged. ${PASSED_OVER}`,
  sealed: (message) =>
    `Message ${message} was encrypted under a key that is neither MESSAGE_ENCRYPTION_KEY nor among ` +
    `MESSAGE_ENCRYPTION_PREVIOUS_KEYS. ${PASSED_OVER}`,
};

export interface BodyReaderDeps {
  readonly cipher: Pick<BodyCipher, "isOpenable" | "open">;
  fault(operation: string, error: unknown): void;
}

export class BodyReader implements BodyAccess {
  private readonly deps: BodyReaderDeps;
  /** The kinds of unreadable messages that were logged since the object woke. */
  private readonly reported = new Set<UnreadableReason>();

  constructor(deps: BodyReaderDeps) {
    this.deps = deps;
  }

  isOpenable(body: JsonText): boolean {
    return this.deps.cipher.isOpenable(body);
  }

  /** Logs one message of each kind: there may be very many, and a line for each does not help. */
  report(message: MessageId, why: UnreadableReason): void {
    if (this.reported.has(why)) return;
    this.reported.add(why);
    this.deps.fault("unreadable messages", new Error(UNREADABLE[why](message)));
  }

  /** The messages decrypted, without those that turn out to be damaged. */
  open(messages: readonly Message[]): Promise<readonly Message[]> {
    return this.deps.cipher.open(messages, ({ id }) => this.report(id, "damaged"));
  }
}
