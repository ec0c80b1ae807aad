/** Whether a claim that waits gets its answer, through all proxies. */
import { randomUUID } from "node:crypto";
import { SukkalError } from "../../error.ts";
import type { ServiceView } from "../../service-view.ts";
import { failed, ok, warning, type Finding, type Patient } from "./patient.ts";

/** Seconds. Longer waits gain nothing. */
const WAIT_MAX = 20;
const TOLERANCE_S = 1;
const NAME_LENGTH_MAX = 64;

/** Claims from a queue that does not exist: nobody posts to it, and the claim does not create it. */
export async function checkWaiting(
  { caller, limits }: ServiceView,
  { client, signal, hint }: Patient,
): Promise<Finding> {
  const wait = Math.min(limits["max_claim_wait"] ?? 0, WAIT_MAX);
  if (wait === 0)
    return warning("waiting", "Claims cannot wait.", "Consumers poll: set MAX_CLAIM_WAIT in the service.");
  hint(`A claim waits ${wait} s. --quick leaves this out.`);
  const name = `${caller.queue_prefix}doctor-${randomUUID()}`.slice(0, NAME_LENGTH_MAX);
  const began = performance.now();
  try {
    const { waited } = await client.queue(name).claimOrWait({ limit: 1, wait, signal });
    const seconds = (performance.now() - began) / 1000;
    if (waited && seconds > wait - TOLERANCE_S) return ok("waiting", `a claim waits ${wait} s`);
    const text = `A claim that may wait ${wait} s was answered after ${seconds.toFixed(1)} s.`;
    return failed("waiting", text, "A proxy has to pass on the header Prefer, and must not answer by itself.");
  } catch (error) {
    if (!(error instanceof SukkalError)) throw error;
    if (error.status === 403) return warning("waiting", "The credential may not claim.", "It needs the role member.");
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const text = `A claim that may wait ${wait} s was cut off after ${seconds} s (${error.title}).`;
    return failed("waiting", text, `Raise the time limits of proxies above ${wait} s (nginx: proxy_read_timeout).`);
  }
}
