/** The frames of one push, encoded once for all connections that get them in the same format. */
import { checkDocument, toJsonText, type JsonText } from "../domain/json.ts";
import type { Push } from "../objects/rpc/hub.ts";
import { encodeMessagePack } from "../wire/message-pack-encoding.ts";
import { applyPostData, encodeNotification } from "../wire/notifications.ts";

/** One per notification; null: `post_data` would make a text of it that is too long. */
type Payloads = readonly (string | Uint8Array | null)[];

export class PushFrames {
  private readonly push: Pick<Push, "notifications" | "place" | "template">;
  private texts: readonly (string | null)[] | null = null;
  private binaries: Payloads | null = null;

  constructor(push: PushFrames["push"]) {
    this.push = push;
  }

  /** The frames of the notifications that come after a number. */
  after(number: number, isBinary: boolean): readonly (string | Uint8Array)[] {
    const payloads = isBinary ? this.binary : this.text;
    return payloads.slice(this.indexAfter(number)).filter((payload) => payload !== null);
  }

  /** The characters of these frames as text. */
  sizeAfter(number: number): number {
    const texts = this.text.slice(this.indexAfter(number));
    return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  }

  private get text(): readonly (string | null)[] {
    return (this.texts ??= this.encode());
  }

  private get binary(): Payloads {
    const isAnyText = this.push.template !== null;
    return (this.binaries ??= this.text.map((text) => (text === null ? null : toBinary(text, isAnyText))));
  }

  private encode(): readonly (string | null)[] {
    const { notifications, place, template } = this.push;
    const documents = notifications.map((each) => encodeNotification(each, place.name));
    return template === null ? documents : documents.map((each) => applyPostData(template, each));
  }

  private indexAfter(number: number): number {
    const { notifications } = this.push;
    const index = notifications.findIndex((each) => each.number > number);
    return index < 0 ? notifications.length : index;
  }
}

/** `post_data` may make any text of a notification. One that is no JSON becomes a MessagePack string. */
function toBinary(text: string, isAnyText: boolean): Uint8Array {
  return encodeMessagePack(isAnyText ? toDocument(text) : (text as JsonText));
}

function toDocument(text: string): JsonText {
  const document = checkDocument(text);
  return document === "unparsable" || document === "integer-too-large" ? toJsonText(text) : document;
}
