/**
 * Decodes the document of a message post. This is a hot path: one pass over the validated text finds the bodies, copies their
 * raw texts and does not parse them. Upstream: zaqar/transport/wsgi/v2_0/messages.py.
 */
import type { FailureOf } from "../domain/failure.ts";
import { endOfValue, scanArray, scanObject, toInteger, typeOf, type JsonText } from "../domain/json.ts";
import { joinBodies, type PostedRun, type Posting, type PostingDefect } from "../domain/message.ts";
import { decodeDocument } from "./document.ts";

/**
 * Decodes a post. `body` null: the request has no body. Defects are part of the result, because the queue's object reports
 * them.
 */
export function decodePosting(body: Uint8Array | null): Posting {
  if (body === null) return defectivePosting({ kind: "body-empty" });
  const document = decodeDocument(body);
  return document.ok ? readPosting(document.value) : defectivePosting(document.failure);
}

/** As `decodePosting`, for a document that is known to be valid. */
export function readPosting(text: JsonText): Posting {
  let posting = defectivePosting({ kind: "messages-missing" });
  if (typeOf(text) !== "object") return posting;
  scanObject(text, 0, (key, start) => {
    if (key !== "messages") return endOfValue(text, start);
    if (text[start] === "[") {
      const messages = new MessagesReader(text);
      const end = messages.read(start);
      posting = messages.toPosting();
      return end;
    }
    posting = defectivePosting({ kind: "document-type-unsupported", member: "messages", expected: "array" });
    return endOfValue(text, start);
  });
  return posting;
}

/** A post without valid messages. It still goes to the queue's object: as upstream, even such a post creates the queue. */
export function defectivePosting(defect: FailureOf<PostingDefect>): Posting {
  return { runs: [], defect, delayDefect: null };
}

/**
 * Reads the array of messages. The fields of a message are checked in upstream's order: ttl, body, delay. The first defect
 * ends the reading, except for an invalid delay. Upstream ignores delays in a queue without a default delay, and only the
 * queue's object knows that default. So an invalid delay is stored in `delayDefect`, and the reading continues. Consecutive
 * messages with the same ttl and delay form a run, which becomes one row of the log.
 */
class MessagesReader {
  private readonly text: JsonText;
  private readonly runs: PostedRun[] = [];
  private bodies: JsonText[] = [];
  private ttl: number | null = null;
  private delay: number | null = null;
  private count = 0;
  private defect: Posting["defect"] = null;
  private delayDefect: Posting["delayDefect"] = null;

  constructor(text: JsonText) {
    this.text = text;
  }

  /** Reads the array at `start` and returns the index after it. */
  read(start: number): number {
    return scanArray(this.text, start, (at) =>
      this.defect === null ? this.readMessage(at) : endOfValue(this.text, at),
    );
  }

  toPosting(): Posting {
    const { defect, delayDefect } = this;
    if (defect !== null) return { runs: [], defect, delayDefect };
    if (this.count === 0) return defectivePosting({ kind: "messages-none" });
    this.closeRun();
    return { runs: this.runs, defect: null, delayDefect };
  }

  private readMessage(start: number): number {
    const { text } = this;
    if (text[start] !== "{") {
      this.defect = { kind: "field-type", field: "messages", expected: "object" };
      return endOfValue(text, start);
    }
    let body: JsonText | null = null;
    let ttl: JsonText | null = null;
    let delay: JsonText | null = null;
    const end = scanObject(text, start, (key, from) => {
      const to = endOfValue(text, from);
      // The last of duplicate keys counts. The cast is safe: a value in a valid JSON text is valid JSON.
      if (key === "body") body = text.slice(from, to) as JsonText;
      else if (key === "ttl") ttl = text.slice(from, to) as JsonText;
      else if (key === "delay") delay = text.slice(from, to) as JsonText;
      return to;
    });
    this.add(body, ttl, delay);
    return end;
  }

  private add(body: JsonText | null, ttlText: JsonText | null, delayText: JsonText | null): void {
    const ttl = ttlText === null ? null : toInteger(ttlText);
    const delay = delayText === null ? null : toInteger(delayText);
    if (ttlText !== null && ttl === null) this.defect = { kind: "field-type", field: "ttl", expected: "int" };
    else if (body === null) this.defect = { kind: "field-missing", field: "body" };
    else {
      if (delayText !== null && delay === null)
        this.delayDefect ??= { kind: "field-type", field: "delay", expected: "int" };
      if (ttl !== this.ttl || delay !== this.delay) this.closeRun();
      this.ttl = ttl;
      this.delay = delay;
      this.bodies.push(body);
      this.count++;
    }
  }

  private closeRun(): void {
    const { ttl, delay, bodies } = this;
    if (bodies.length > 0) this.runs.push({ ttl, delay, count: bodies.length, bodies: joinBodies(bodies) });
    this.bodies = [];
  }
}
