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

/** A caller whose only role is reader may change nothing. */
export const mayWrite = computed(() => roles.value.length === 0 || roles.value.some((role) => role !== "reader"));

export const project = computed(() => service.value?.caller.project ?? null);

/** Who may see the figures of all projects. The API key of a project is an admin of that project at most. */
export const isOperator = computed(() => {
  const { extensions, caller } = service.value ?? {};
  const isOfProject = caller?.proof === "key" && caller.project !== null;
  return extensions?.includes("figures") === true && roles.value.includes("admin") && !isOfProject;
});

export const mayManageKeys = computed(
  () => service.value?.extensions.includes("api-keys") === true && roles.value.includes("admin"),
);
