/**
 * `GET /v2/websocket` by a request that is no upgrade. The usual cause is a proxy that removes the header, so the answer says so,
 * and needs no credential. Upgrades are answered before the routes (websocket/upgrade.ts).
 */
import { Refusal } from "../domain/refusal.ts";
import { PATHS } from "../wire/paths.ts";
import { openRoute } from "./route.ts";
import type { Site } from "./visit.ts";

export function addWebSocket(site: Site): void {
  openRoute(site, PATHS.websocket, {
    GET: () => {
      throw new Refusal({ kind: "upgrade-required" });
    },
  });
}
