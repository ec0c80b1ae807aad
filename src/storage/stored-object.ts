import { checkDocument, typeOf, type JsonText } from "../domain/json.ts";

/**
 * Returns a stored JSON object; throws if its text is damaged. The functions that read members require valid JSON. With other
 * texts they may loop for ever, and so block all objects of the process.
 */
export function checkStoredObject(text: JsonText, name: string): JsonText {
  if (checkDocument(text) === "unparsable" || typeOf(text) !== "object") {
    throw new Error(`The stored ${name} is damaged: it is not a JSON object.`);
  }
  return text;
}
