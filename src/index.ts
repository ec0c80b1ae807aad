/** The Worker: its entry and its objects. A wrong setting stops the start here, with a sentence that names it. */
import { env } from "cloudflare:workers";
import { createApp } from "./app.ts";
import { readConfig } from "./config/config.ts";

export { ProjectObject } from "./objects/project.ts";
export { QueueObject } from "./objects/queue.ts";

const app = createApp(readConfig({ ...env }));

export default { fetch: app.fetch };
