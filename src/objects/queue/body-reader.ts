/** Decrypts the stored bodies of a queue's messages, and logs messages that cannot be read. */
import type { MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Message } from "../../domain/message.ts";
import type { UnreadableReason } from "../../storage/queue/readable-entries.ts";
import type { BodyAccess } from "../../storage/queue/message-reader.ts";
import type { BodyCipher } from "./body-cipher.ts";

const SKIPPED = "Reads skip it and others like it until it is deleted or expires.";
const UNREADABLE: Readonly<Record<UnreadableReason, (message: MessageId) => string>> = {
  damaged: (message) => `The row of message ${message} is damaged. ${SKIPPED}`,
  "unknown-key": (message) =>
    `Message ${message} was encrypted under a key that is neither MESSAGE_ENCRYPTION_KEY nor among ` +
    `MESSAGE_ENCRYPTION_PREVIOUS_KEYS. ${SKIPPED}`,
};

export interface BodyReaderDeps {
  readonly cipher: Pick<BodyCipher, "canDecrypt" | "decrypt">;
  logFault(operation: string, error: unknown): void;
}

export class BodyReader implements BodyAccess {
  private readonly deps: BodyReaderDeps;
  /** The kinds of unreadable messages that were logged since the object woke. */
  private readonly reported = new Set<UnreadableReason>();

  constructor(deps: BodyReaderDeps) {
    this.deps = deps;
  }

  canDecrypt(body: JsonText): boolean {
    return this.deps.cipher.canDecrypt(body);
  }

  /** Logs the first message of each kind only, because there may be very many. */
  report(message: MessageId, why: UnreadableReason): void {
    if (this.reported.has(why)) return;
    this.reported.add(why);
    this.deps.logFault("unreadable messages", new Error(UNREADABLE[why](message)));
  }

  /** The decrypted messages, without damaged ones. */
  open(messages: readonly Message[]): Promise<readonly Message[]> {
    return this.deps.cipher.decrypt(messages, ({ id }) => this.report(id, "damaged"));
  }
}
