/** The operation that reads the home document. */
import type { ProjectContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

/** Reads nothing, but counts as a request of its project. As in upstream, no policy rule applies. */
export const getHome: Operation<ProjectContext, void, void> = {
  name: "get_home_doc",
  policy: null,
  whatFailed: "The home document could not be read.",
  isIdempotent: always,
  run: async () => undefined,
};
