/** Whether pages of an origin may call the service from a browser. */
import { ask, failed, ok, type Finding, type Patient } from "./patient.ts";

const NEEDED = ["authorization", "client-id", "content-type"];

/** The question that a browser asks before it posts. */
export async function checkOrigin(origin: string, patient: Patient): Promise<Finding> {
  const headers = {
    Origin: origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": NEEDED.join(","),
  };
  const response = await ask(patient, "/v2/queues/doctor/messages", { method: "OPTIONS", headers });
  const allowed = response.headers.get("Access-Control-Allow-Origin");
  const listed = (response.headers.get("Access-Control-Allow-Headers") ?? "").toLowerCase().split(/\s*,\s*/);
  if (allowed !== "*" && allowed !== origin)
    return failed("origin", `Pages of ${origin} may not call the service.`, "Add it to CORS_ALLOWED_ORIGINS.");
  const missing = listed.includes("*") ? [] : NEEDED.filter((name) => !listed.includes(name));
  if (missing.length === 0) return ok("origin", `pages of ${origin} may call the service`);
  return failed("origin", `Pages may not send ${missing.join(", ")}.`, "A proxy changes the answers to OPTIONS.");
}
