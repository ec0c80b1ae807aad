/** Flavors over WebSocket. Upstream has the actions in its schema (zaqar/api/v1_1/request.py), but answers none. */
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import type { Members } from "../../domain/json.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createFlavor, deleteFlavor, getFlavor, listFlavors, updateFlavor } from "../../operations/flavors.ts";
import { encodeFlavor, toFlavor, toFlavorChanges } from "../../wire/flavors.ts";
import { PATHS } from "../../wire/paths.ts";
import { reply, sentence } from "../reply.ts";
import { documentOf, flagOf, onService, PAGE, pageIn, segment, textOf, type Action } from "./action.ts";

const FLAVOR = (body: Members): string => `${PATHS.flavors}/${segment(body, "flavor_name")}`;
/** Ours: operators may name a project, because the operator's key belongs to none. */
const PROJECT = { project_id: { type: "string" } } as const;
const REFERENCE = { flavor_name: { type: "string", isRequired: true }, ...PROJECT } as const;
/** The document of a request over HTTP. */
const DOCUMENT = { pool_list: { type: "array" }, capabilities: {} } as const;

const isMember = (name: string): boolean => Object.hasOwn(DOCUMENT, name);

export const FLAVOR_ACTIONS = {
  flavor_list: onService(listFlavors, "GET", () => PATHS.flavors, {
    fields: { ...PAGE, detailed: { type: "boolean" }, ...PROJECT },
    decode: ({ body }) => ({ ...pageIn(body), project: projectIn(body) }),
    encode: (flavors, { body }) => {
      const list = flavors.map((flavor) => encodeFlavor(flavor, flagOf(body, "detailed"), {}));
      return reply(200, `{"flavors":[${list.join(",")}]}`);
    },
  }),
  flavor_create: onService(createFlavor, "PUT", FLAVOR, {
    fields: { ...REFERENCE, ...DOCUMENT },
    decode: ({ body }) => ({ ...referenceIn(body), ...unwrap(toFlavor(documentOf(body, isMember))) }),
    encode: (_, { body }) => sentence(201, `Flavor ${textOf(body, "flavor_name")} created.`),
  }),
  flavor_get: onService(getFlavor, "GET", FLAVOR, {
    fields: REFERENCE,
    decode: ({ body }) => referenceIn(body),
    encode: (flavor) => reply(200, encodeFlavor(flavor, true, {})),
  }),
  flavor_update: onService(updateFlavor, "PATCH", FLAVOR, {
    fields: { ...REFERENCE, ...DOCUMENT },
    decode: ({ body }) => ({ ...referenceIn(body), ...unwrap(toFlavorChanges(documentOf(body, isMember))) }),
    encode: (flavor) => reply(200, encodeFlavor(flavor, true, {})),
  }),
  flavor_delete: onService(deleteFlavor, "DELETE", FLAVOR, {
    fields: REFERENCE,
    decode: ({ body }) => referenceIn(body),
    encode: (_, { body }) => sentence(204, `Flavor ${textOf(body, "flavor_name")} removed.`),
  }),
} satisfies Readonly<Record<string, Action>>;

function projectIn(body: Members): ProjectId | null {
  const named = textOf(body, "project_id");
  return named === "" ? null : toProjectId(named);
}

function referenceIn(body: Members): { readonly project: ProjectId | null; readonly name: string } {
  return { project: projectIn(body), name: textOf(body, "flavor_name") };
}
