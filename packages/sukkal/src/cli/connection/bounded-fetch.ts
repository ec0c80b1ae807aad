/** `fetch` for answers of services. Another server may be at the address, and send what fills the memory. */
import { EXIT, Failure } from "../exit-code.ts";

/** Bytes, after decompression. Pages of the service have about 1 MiB, of other implementations a few. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** The body of a longer answer fails with a Failure while it is read. */
export async function boundedFetch(input: string | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const { origin } = new URL(response.url);
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes <= ANSWER_BYTES_MAX) controller.enqueue(chunk);
      else
        controller.error(
          new Failure(`The answer of ${origin} is longer than 64 MiB.`, {
            exitCode: EXIT.unavailable,
            hint: "Is another server at this address? sukkal doctor checks it.",
          }),
        );
    },
  });
  return new Response(response.body?.pipeThrough(bound) ?? null, response);
}
