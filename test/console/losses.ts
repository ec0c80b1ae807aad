/** Lets a project lose messages, in the answers about all projects: no message of a test lives long enough to expire. */
import type { Page } from "playwright-core";
import type { ProjectUsage } from "sukkal/client";

/** Twelve messages for each answer, which are 10 s apart. The others are those of the service. */
export async function scriptLosses(page: Page, project: string): Promise<void> {
  let answers = 0;
  await page.route("**/v2/projects?*", async (route) => {
    const { projects } = (await (await route.fetch()).json()) as { readonly projects: readonly ProjectUsage[] };
    const expired = answers++ * 12;
    const json = projects.map((usage) => ({
      ...usage,
      at: new Date(Date.now() + answers * 10_000).toISOString(),
      counters: { ...usage.counters, expired: usage.project_id === project ? expired : 0 },
    }));
    await route.fulfill({ json: { projects: json } });
  });
}
