import { checkDocument, typeOf, type JsonText } from "../domain/json.ts";

/**
 * Returns a stored JSON object; throws if its text is damaged. The functions that read members take only sound JSON: in another
 * text they may search for ever, and all objects of the process wait for them.
 */
export function checkStoredObject(text: JsonText, what: string): JsonText {
  if (checkDocument(text) === "unparsable" || typeOf(text) !== "object") {
    throw new Error(`The stored ${what} is damaged: it is not a JSON object.`);
  }
  return text;
}
