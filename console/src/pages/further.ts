/** All pages but the overview: a script of their own, which is loaded after that. */
export { KeysPage } from "./keys/keys.tsx";
export { FirstMessage } from "./overview/first-message.tsx";
export { PlacePage } from "./place/place.tsx";
export { ProjectPage } from "./projects/project.tsx";
export { ProjectsPage } from "./projects/projects.tsx";
export { QuotasPage } from "./quotas.tsx";
export { ServicePage } from "./service.tsx";
export { SubscriptionPage } from "./subscription/subscription.tsx";
