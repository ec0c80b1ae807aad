/** Is anybody there? (core contract 2.3) */
import { getHealth, ping } from "../../operations/health.ts";
import { perform } from "../../operations/operation.ts";
import { encodeHealth } from "../../wire/health.ts";
import { json, noContent } from "../answer.ts";
import { projectRoute, type Site } from "../route.ts";

export function addHealth(site: Site): void {
  projectRoute(site, "/v2/ping", {
    GET: async ({ context }) => {
      await perform(context, ping, null);
      return noContent();
    },
    HEAD: () => noContent(),
  });

  if (!site.config.adminMode) return;
  projectRoute(site, "/v2/health", {
    GET: async ({ context }) => json(200, encodeHealth(await perform(context, getHealth, null))),
  });
}
