/** The order of the pages: where a reader begins, what they want to do, what they look up. Paths are those of the repository. */

export interface Section {
  readonly title: string;
  /** What is above the first of several sections. */
  readonly over?: string;
  readonly pages: readonly string[];
}

/** A way in for one kind of reader. */
export interface Door {
  readonly page: string;
  readonly reader: string;
  readonly text: string;
}

/** The page of the API is made by Swagger UI, not of Markdown. */
export const API_PAGE = { address: "api.html", title: "HTTP API" } as const;

export const DOORS: readonly Door[] = [
  {
    page: "docs/start/openstack.md",
    reader: "OpenStack operator",
    text: "Zaqar's API for your cloud, without its database: Keystone, policies, quotas, and the move of queues in use.",
  },
  {
    page: "docs/start/applications.md",
    reader: "Application developer",
    text: "Queues with leases, retries and dead letters, from curl, the command line, TypeScript or Python.",
  },
  {
    page: "docs/start/workers.md",
    reader: "Workers developer",
    text: "Durable queues in your own Cloudflare account, with consumers that are Workers, webhooks or browsers.",
  },
];

/** Guides by task. */
const TASKS: readonly Section[] = [
  {
    title: "Share work",
    over: "Guides by task",
    pages: guides("producer-consumer", "tasks", "request-reply", "schedules"),
  },
  { title: "Reach many readers", pages: guides("fan-out", "broadcast", "webhooks", "confirmation", "events") },
  { title: "Set up queues", pages: guides("queues", "metadata", "delays", "dead-letters", "pauses") },
  { title: "Control access", pages: guides("signed-urls", "encryption") },
];

const REFERENCE: readonly Section[] = [
  {
    title: "Operate",
    over: "Everything else",
    pages: [
      ...docs("SELF-HOSTING"),
      "deploy/README.md",
      ...docs("DEPLOY", "CONFIGURATION"),
      "SECURITY.md",
      ...docs("OBSERVE", "LOGS", "POOLS", "MIGRATION", "PERFORMANCE", "SCALING"),
      "CHANGELOG.md",
    ],
  },
  {
    title: "Reference",
    pages: [
      API_PAGE.address,
      ...docs("GUARANTEES", "COMPATIBILITY", "ERRORS", "CONSOLE", "CLI", "CLIENT", "NOTIFICATIONS", "WEBSOCKET"),
      "examples/README.md",
    ],
  },
  { title: "Contribute", pages: ["CONTRIBUTING.md", ...docs("DESIGN", "STORAGE", "adr/README")] },
];

function guides(...names: readonly string[]): readonly string[] {
  return docs(...names.map((name) => `guides/${name}`));
}

function docs(...names: readonly string[]): readonly string[] {
  return names.map((name) => `docs/${name}.md`);
}

/** The sections of these pages. A guide that is in none gets one, so that each can be found. */
export function sectionsOf(pages: ReadonlySet<string>): {
  readonly tasks: readonly Section[];
  readonly all: readonly Section[];
} {
  const start = {
    title: "Start here",
    pages: [...DOORS.map(({ page }) => page), ...guides("other-services", "README"), "README.md"],
  };
  const named = new Set([start, ...TASKS].flatMap((section) => section.pages));
  const others = [...pages].filter((page) => page.startsWith("docs/guides/") && !named.has(page)).toSorted();
  const tasks = withPages([...TASKS, { title: "More guides", pages: others }], pages);
  return { tasks, all: [...withPages([start], pages), ...tasks, ...withPages(REFERENCE, pages)] };
}

function withPages(sections: readonly Section[], known: ReadonlySet<string>): readonly Section[] {
  return sections
    .map(({ pages, ...section }) => ({
      ...section,
      pages: pages.filter((page) => known.has(page) || page === API_PAGE.address),
    }))
    .filter(({ pages }) => pages.length > 0);
}
