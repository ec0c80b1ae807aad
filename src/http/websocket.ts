/**
 * `GET /v2/websocket` without an upgrade. The usual cause is a proxy that removes the Upgrade header. The answer names this cause
 * and needs no credential. Upgrades are answered before the routes (websocket/upgrade.ts).
 */
import { Refusal } from "../domain/refusal.ts";
import { PATHS } from "../wire/paths.ts";
import { openRoute } from "./route.ts";
import type { RouteDeps } from "./request.ts";

export function addWebSocket(deps: RouteDeps): void {
  openRoute(deps, PATHS.websocket, {
    GET: () => {
      throw new Refusal({ kind: "upgrade-required" });
    },
  });
}
