/** What people read when a command for operators fails. */
import { SukkalError } from "../../error.ts";
import type { Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";

const NO_KEYS = { failure: "The service has no API keys.", hint: "It has them with AUTH_STRATEGY=keys." };

/** Says which flag is missing where the credential belongs to no project, and what services without the endpoints lack. */
export async function explained<T>(
  { connection }: Session,
  work: () => Promise<T>,
  { failure, hint }: { readonly failure: string; readonly hint: string } = NO_KEYS,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    if (error.code === "request-invalid" && (await connection()).project === null)
      throw new Failure("The credential belongs to no project.", { exitCode: EXIT.usage, hint: "Say --project ID." });
    if (error.code === "route-unknown") throw new Failure(failure, { hint });
    throw error;
  }
}
