/**
 * The Worker: its entry point and its Durable Object classes. An invalid setting ends the start here with an error that names
 * it.
 */
import { env as bindings } from "cloudflare:workers";
import { createApp } from "./app.ts";
import { configOf, oncePerConfig } from "./config/config-cache.ts";
import { warningsOf, warningsOfVariables } from "./config/warnings.ts";
import { answerControl } from "./http/control.ts";
import type { ObjectBindings } from "./objects/rpc/stubs.ts";
import { Shutdown } from "./operations/shutdown.ts";
import { logWarning } from "./telemetry/event.ts";
import { hubsOf, isUpgrade } from "./websocket/upgrade.ts";

export { DeliveryObject } from "./objects/delivery/delivery-object.ts";
export { MeterObject } from "./objects/meter/meter-object.ts";
export { PoolsObject } from "./objects/pools/pools-object.ts";
export { ProjectObject } from "./objects/project/project-object.ts";
export { QueueObject } from "./objects/queue/queue-object.ts";
export { ShardObject } from "./objects/queue/shard-object.ts";
export { TopicObject } from "./objects/queue/topic-object.ts";
export { HubObject } from "./websocket/hub-object.ts";

/** One for the process, whatever its settings. */
const shutdown = new Shutdown();

type Entry = (request: Request, env: ObjectBindings, ctx: ExecutionContext) => Response | Promise<Response>;

/**
 * One app per set of settings. Each has its own caches, because an identity that was accepted under old settings may be
 * refused under new ones.
 */
const entryFor = oncePerConfig((config): Entry => {
  let isFirst = true;
  const app = createApp(config, shutdown).fetch;
  return (request, env, ctx) => {
    if (isFirst) {
      // Not at load, when the clock shows 1970.
      for (const warning of [...warningsOf(config), ...warningsOfVariables({ ...env })]) logWarning(warning);
      isFirst = false;
    }
    // Upgrades do not pass the app: they have neither credential nor body, and nothing may change their response.
    if (!isUpgrade(request)) return app(request, env, ctx);
    return hubsOf(config).connect(request, env, { waitUntil: (work) => ctx.waitUntil(work) });
  };
});

// At load, so that an invalid setting shows before the first request.
entryFor(configOf(bindings));

/** The control socket of `npm start` (config.capnp). */
export const control = {
  fetch: async (request: Request, env: ObjectBindings & { readonly CONTROL_KEY?: string }): Promise<Response> => {
    const answer = answerControl(request, env.CONTROL_KEY, shutdown);
    if (shutdown.hasBegun) await hubsOf(configOf(env)).close(env);
    return answer;
  },
};

export default {
  /**
   * Closes the connection of a CONNECT request, which the runtime has already answered with 200. Without this handler the
   * runtime answers 500 and logs a stack, which any unauthenticated client could cause in any number.
   */
  connect: (socket: Socket) => socket.close(),
  fetch: (request: Request, env: ObjectBindings, ctx: ExecutionContext) => entryFor(configOf(env))(request, env, ctx),
};
