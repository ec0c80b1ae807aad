/** The Worker: its entry and its objects. A wrong setting stops the start here, with a sentence that names it. */
import { env } from "cloudflare:workers";
import { createApp } from "./app.ts";
import { readConfig } from "./config/config.ts";
import { logWarning } from "./telemetry/event.ts";

export { DeliveryObject } from "./objects/delivery.ts";
export { ProjectObject } from "./objects/project.ts";
export { QueueObject } from "./objects/queue.ts";
export { TopicObject } from "./objects/topic.ts";

const config = readConfig({ ...env });
if (config.authStrategies.includes("none")) {
  logWarning(
    "AUTH_STRATEGY is none: whoever reaches this service is believed. For development and trusted networks only.",
  );
}
const app = createApp(config);

export default { fetch: app.fetch };
