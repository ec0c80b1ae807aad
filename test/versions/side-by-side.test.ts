/**
 * A version is rolled out to Workers and objects one after the other, within minutes or, by a gradual deployment, within days. So
 * this version and the previous one have to call each other: every scenario that works in both has to work between them. COMMIT
 * is the previous version, by default the oldest that may still run.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { ADMIN_API_KEY, Caller } from "./caller.ts";
import { Deployment, type Arrangement, type Side } from "./deployment.ts";
import { SCENARIOS, type World } from "./scenarios.ts";
import { OLDEST, past, present } from "./version.ts";

/** A host that does not resolve: requests to it are made inside the service, or not at all. */
const PUBLIC_URL = "http://sukkal.test";
const SETTINGS = {
  AUTH_STRATEGY: "keys",
  ADMIN_API_KEY,
  SIGNED_URL_SECRET_KEY: "0123456789abcdef0123456789abcdef",
  MESSAGE_ENCRYPTION_KEY: "a key for tests",
  ALLOW_PRIVATE_SUBSCRIBERS: "true",
  PUBLIC_URL,
};

const scratch = makeScratch("versions");
after(() => scratch.remove());

const versions = { before: past(process.env["COMMIT"] ?? OLDEST, scratch.path), after: await present() };

const ARRANGEMENTS: readonly (Arrangement & { readonly name: string })[] = [
  { name: "with the objects of today", before: "after", after: "after" },
  { name: "with the objects of before", before: "before", after: "before" },
  { name: "each calling the other", before: "after", after: "before" },
];

for (const arrangement of ARRANGEMENTS) {
  for (const side of ["before", "after"] as const) describeFrom(side, arrangement);
}

function describeFrom(side: Side, arrangement: Arrangement & { readonly name: string }): void {
  const other = side === "before" ? "after" : "before";
  /** Whether Workers and objects call the same objects. */
  const isWhole = arrangement.before === arrangement.after;

  describe(`the Worker of ${side === "before" ? "before" : "today"}, ${arrangement.name}:`, () => {
    let deployment: Deployment;
    let world: World;

    before(async () => {
      const folder = join(scratch.path, `${side}-${randomUUID()}`);
      mkdirSync(folder);
      deployment = await Deployment.start(versions, arrangement, { folder, settings: SETTINGS });
      const { urls } = deployment;
      const project = `project-${randomUUID()}`;
      const here = await Caller.of(project, urls[side]);
      world = {
        here,
        peer: isWhole ? here.at(urls[other]) : here,
        beyond: isWhole ? here : await Caller.of(project, urls[other]),
        isWhole,
        publicUrl: PUBLIC_URL,
      };
    });
    after(async () => await deployment.stop());

    for (const [name, run] of Object.entries(SCENARIOS)) test(name, async () => await run(world));
  });
}
