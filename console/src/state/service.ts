/** What the service is, and what it lets the reader do. Buttons for the rest are left out. */
import { computed, signal } from "@preact/signals-core";
import type { ServiceView } from "sukkal/client";
import { setServiceTime } from "./clock.ts";

/** null: it has not answered yet. */
export const service = signal<ServiceView | null>(null);

export function setService(view: ServiceView): void {
  service.value = view;
  setServiceTime(Date.parse(view.time));
}

/** Without them (`METER=off`) there is no overview to ask for. Until the service has answered it is taken to have them. */
export const hasFigures = computed(() => service.value?.extensions.includes("figures") !== false);

/** Without them (`DOCS=false`) there is nothing to link to. */
export const hasDocuments = computed(() => service.value?.extensions.includes("documents") === true);

/** Without authentication requests state no roles, and the service refuses those that need one. */
export const roles = computed(() => service.value?.caller.roles ?? []);

/** The rules (docs/COMPATIBILITY.md) of what the console changes in a project. */
const CHANGES: readonly string[] = [
  ...["queues", "topics"].flatMap((kind) => ["create", "update", "delete", "purge"].map((verb) => `${kind}:${verb}`)),
  ...["create", "delete", "delete_all"].map((verb) => `messages:${verb}`),
  ...["create", "update", "delete", "redeliver", "test", "renew_secret"].map((verb) => `subscription:${verb}`),
];

/** Whether the caller passes a rule. Until the service has told, everything may be tried. */
function passes(rule: string): boolean {
  return service.value?.caller.rules?.includes(rule) !== false;
}

/** Whoever may change nothing, as a reader, gets no buttons. */
export const mayWrite = computed(() => CHANGES.some(passes));

/** Why the service would refuse something, of the queue or topic `name`; null: it would not. */
export function refusalOf(rule: string, name: string | null): string | null {
  const { queue_prefix: prefix = "" } = service.value?.caller ?? {};
  if (name?.startsWith(prefix) === false) return `Your key may use only names that begin with ${prefix}.`;
  return passes(rule) ? null : `Your credential does not have the right ${rule}.`;
}

export const project = computed(() => service.value?.caller.project ?? null);

/** Who may see the figures of all projects. The API key of a project is an admin of that project at most. */
export const isOperator = computed(() => {
  const { extensions, caller } = service.value ?? {};
  const isOfProject = caller?.proof === "key" && caller.project !== null;
  return extensions?.includes("figures") === true && roles.value.includes("admin") && !isOfProject;
});

export const mayManageKeys = computed(
  () => service.value?.extensions.includes("api-keys") === true && passes("keys:get_all"),
);
