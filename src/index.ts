/** The Worker: its entry and its objects. A wrong setting stops the start here, with a sentence that names it. */
import { env as bindings } from "cloudflare:workers";
import { createApp } from "./app.ts";
import { configOf } from "./config/config-of.ts";
import type { Config } from "./config/config.ts";
import { answerControl } from "./http/control.ts";
import type { ObjectBindings } from "./objects/rpc/stubs.ts";
import { Shutdown } from "./operations/shutdown.ts";
import { logWarning } from "./telemetry/event.ts";

export { DeliveryObject } from "./objects/delivery/delivery-object.ts";
export { ProjectObject } from "./objects/project/project-object.ts";
export { QueueObject } from "./objects/queue/queue-object.ts";
export { TopicObject } from "./objects/queue/topic-object.ts";

/** Of this process, under whatever settings. */
const shutdown = new Shutdown();

type Entry = ReturnType<typeof createApp>["fetch"];

/** One app for each set of settings, with its caches: an identity accepted under other settings may be refused now. */
const entries = new WeakMap<Config, Entry>();

function entryOf(env: object): Entry {
  const config = configOf(env);
  const known = entries.get(config);
  if (known !== undefined) return known;
  if (config.authStrategy.includes("none")) {
    logWarning(
      "AUTH_STRATEGY=none trusts X-Project-ID and X-Roles as sent: anyone who can reach this service can act as any project. " +
        "For development and trusted networks only.",
    );
  }
  const entry = createApp(config, shutdown).fetch;
  entries.set(config, entry);
  return entry;
}

// Before there is a request.
entryOf(bindings);

/** For the start script alone. */
export const control = {
  fetch: (request: Request, env: { readonly CONTROL_KEY?: string }) =>
    answerControl(request, env.CONTROL_KEY, shutdown),
};

export default {
  /**
   * A CONNECT, to which the runtime has said 200 by then: it leads nowhere and ends at once. Without this the runtime answers
   * 500 and writes a stack into the log, for whoever asks and as often as they ask.
   */
  connect: (socket: Socket) => socket.close(),
  fetch: (request: Request, env: ObjectBindings, ctx: ExecutionContext) => entryOf(env)(request, env, ctx),
};
