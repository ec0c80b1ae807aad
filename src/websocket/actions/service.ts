/**
 * The home document, ping and health over WebSocket, which upstream has in its schema, but does not answer; and the description
 * of the service, which is ours.
 */
import { getHealth, ping } from "../../operations/health.ts";
import { getHome } from "../../operations/home.ts";
import { getService } from "../../operations/service.ts";
import { encodeHealth } from "../../wire/health.ts";
import { encodeHome } from "../../wire/home.ts";
import { PATHS } from "../../wire/paths.ts";
import { encodeService } from "../../wire/service.ts";
import { reply } from "../reply.ts";
import { onProject, onService, type Action } from "./action.ts";

const NOTHING = (): void => undefined;

export const SERVICE_ACTIONS = {
  get_home_doc: onProject(getHome, "GET", PATHS.home, {
    decode: NOTHING,
    encode: (_, { config }) => reply(200, encodeHome(config)),
  }),
  service_get: onService(getService, "GET", () => PATHS.service, {
    decode: NOTHING,
    encode: (view) => reply(200, encodeService(view)),
  }),
  ping_node: onProject(ping, "GET", PATHS.ping, { decode: NOTHING, encode: () => reply(204, "{}") }),
} satisfies Readonly<Record<string, Action>>;

/** Exists only with `ADMIN_MODE`. */
export const HEALTH_ACTIONS = {
  check_node_health: onService(getHealth, "GET", () => PATHS.health, {
    decode: NOTHING,
    encode: (report) => reply(200, encodeHealth(report)),
  }),
} satisfies Readonly<Record<string, Action>>;
