/**
 * The rules of the code that no tool checks. (oxlint checks `any`, cycles of imports, the length of functions and missing awaits,
 * knip checks unused exports, oxfmt the format.) Every finding names the place and says what to do.
 */
import { describe, expect, test } from "vitest";
import testReadme from "./README.md?raw";

const SOURCES = sources(import.meta.glob(["../src/**/*.ts"], { query: "?raw", import: "default", eager: true }));
const OTHERS = sources(
  import.meta.glob(
    [
      "../{test,scripts,bench,openapi}/**/*.ts",
      "../console/**/*.{ts,tsx}",
      "../docs/site/**/*.ts",
      "../packages/*/src/**/*.ts",
      "!../bench/results/**",
    ],
    { query: "?raw", import: "default", eager: true },
  ),
);

const FILE_LINES_MAX = 400;
/** Half of the files of src have fewer lines than this. */
const MEDIAN_LINES_MAX = 70;
/** For comments and texts. The formatter breaks code at 120. */
const LINE_CHARACTERS_MAX = 130;

interface Source {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/**
 * The layers, or parts of layers, that each layer may import in addition to itself. `app` and `index` connect all layers and may
 * import everything.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  telemetry: ["domain", "config"],
  mechanisms: ["domain/time"],
  // package.json states the version.
  config: ["domain", "/package.json"],
  wire: ["domain"],
  storage: ["domain", "mechanisms"],
  delivery: ["domain", "mechanisms", "wire"],
  auth: ["domain", "mechanisms", "config"],
  // Deliveries may have tokens of Keystone.
  objects: [
    "domain",
    "mechanisms",
    "storage",
    "delivery",
    "config",
    "telemetry",
    "auth/auth-services",
    "auth/keystone",
  ],
  // The documents for subscribers do not depend on the transport.
  operations: [
    "domain",
    "mechanisms",
    "objects/rpc",
    "auth/policy",
    "auth/signed-url",
    "config",
    "telemetry",
    "wire/confirmation-mail",
    "wire/hrefs",
    "wire/notifications",
  ],
  http: ["domain", "wire", "operations", "auth", "config", "telemetry"],
  // The hub is a transport and an object.
  websocket: [
    "domain",
    "mechanisms",
    "wire",
    "operations",
    "auth",
    "config",
    "telemetry",
    "objects/object-store",
    "objects/rpc/call-limit",
    "objects/rpc/hub",
    "objects/rpc/hub-access",
    "storage/hub",
  ],
};

/** The folders of the console, from the outer to the inner one. Each may import those after it. */
const CONSOLE_LAYERS = ["main", "states", "pages", "verdict", "components", "state", "text"];
const CONSOLE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  preact: ["main", "states", "pages", "components"],
  "preact/hooks": ["main", "states", "pages", "components"],
  "@preact/signals": ["main", "states", "pages", "components"],
  "@preact/signals-core": ["state"],
  uplot: ["components"],
  "sukkal/client": ["pages", "verdict", "components", "state"],
};

/** The layers that may import each package: only the outer layers may use the platform and the router. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  hono: ["http", "app"],
  "hono/hono-base": ["http", "app"],
  "hono/route": ["http"],
  "hono/router/reg-exp-router": ["app"],
  valibot: ["auth", "config", "wire"],
  "node:crypto": ["domain"],
  "node:zlib": ["storage"],
  "cloudflare:workers": ["objects", "websocket", "index"],
  "cloudflare:email": ["objects"],
  "cloudflare:sockets": ["objects"],
};

/** The folder of one Durable Object in a layer. `objects/rpc` has the interfaces of all. */
const OBJECT_FOLDER = /^src\/(objects|storage)\/(?!rpc\/)([\w-]+)\//;

/** Names of which each store exports one. */
const EXPORTS_OF_STORES: ReadonlySet<string> = new Set(["STATEMENTS", "TABLES"]);

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  /** The beginnings of the paths below src where it is allowed. */
  readonly homes: readonly string[];
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    what: "reads the clock",
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    homes: ["objects/", "http/clock.ts", "websocket/", "telemetry/event.ts"],
    instead: "take `now` as the last parameter; objects and http/clock.ts read the clock",
  },
  {
    what: "draws a random number",
    pattern: /\bMath\.random\b/,
    homes: [],
    instead: "take the number as a parameter, or crypto.randomUUID() for an id",
  },
  {
    what: "writes to the console",
    pattern: /\bconsole\./,
    homes: ["telemetry/"],
    instead: "record it with telemetry/event.ts, which writes one structured line",
  },
  {
    what: "calls out by HTTP",
    pattern: /\.fetch\(|(?<![\w.]|override )fetch\((?!\))/,
    homes: [
      "delivery/",
      "auth/keystone.ts",
      "http/site.ts",
      "telemetry/span-exporter.ts",
      "objects/rpc/disk.ts",
      "objects/rpc/hub-access.ts",
    ],
    instead:
      "call an object by typed RPC through objects/rpc/stubs.ts; only couriers, Keystone, the collector, the disk and upgrades use HTTP",
  },
  {
    what: "runs SQL by itself",
    pattern: /\.sql\.exec\b|\bstorage\.sql\b/,
    homes: ["storage/sql.ts"],
    instead: "declare a statement in the STATEMENTS of a store and run it with the Sql of storage/sql.ts",
  },
  {
    what: "contains SQL",
    pattern:
      /\b(?:SELECT\s[\s\S]*?\sFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\s/,
    homes: ["storage/"],
    instead: "put the statement into the STATEMENTS of a store in storage/ and call the store",
  },
  {
    what: "sets an alarm by hand",
    pattern: /\.(?:set|delete)Alarm\(/,
    homes: ["objects/alarm.ts"],
    instead: "arm through objects/alarm.ts, which sets it only when that is sooner: every call is a row written",
  },
  {
    what: "opens an object's database by hand",
    pattern: /\bnew Sql\(|\.transactionSync\b|\.deleteAll\(/,
    homes: ["objects/object-store.ts", "storage/sql.ts"],
    instead: "go through objects/object-store.ts, whose transactions roll back tables, alarm and memory with the rows",
  },
  {
    what: "makes stubs",
    pattern: /\btoObjects\(/,
    homes: [
      "objects/",
      "operations/admission.ts",
      "operations/connections.ts",
      "operations/credentials.ts",
      "operations/readiness.ts",
      "operations/request-reports.ts",
    ],
    instead: "use the stub of the operation's context: only admission hands them out, after its checks",
  },
  {
    what: "has a Result with all kinds of failures",
    pattern: /\bResult<[^;{]*\bFailure(?:Kind\b|\["kind"\])/,
    homes: ["domain/result.ts", "domain/refusal.ts"],
    instead:
      "write Result<T, Kind> with the kinds of the call, so that callers see them and another kind does not compile",
  },
  {
    what: "performs an effect of a commit by hand",
    pattern: /\.(?:startSoon|enterIndex|wake)\(/,
    homes: ["objects/queue/effects.ts", "objects/queue/maintenance.ts", "objects/queue/waiters.ts"],
    instead: "return it as an effect from the work of host.commit (objects/queue/effects.ts)",
  },
  {
    what: "decodes settings by itself",
    pattern: /\breadConfig\(/,
    homes: ["config/"],
    instead: "call configOf of config/config-cache.ts with the present bindings: an isolate may outlive their change",
  },
  {
    what: "contains a path of the API",
    pattern: /["`]\/v2\b/,
    homes: ["wire/paths.ts", "wire/home.ts", "config/"],
    instead: "use PATHS of wire/paths.ts, which has all routes, or a function of wire/hrefs.ts",
  },
  {
    what: "contains the name of a reserved metadata key",
    pattern: /["`]_[a-z]+(?:_[a-z]+)+["`]/,
    homes: ["domain/reserved-metadata.ts", "config/"],
    instead: "use RESERVED of domain/reserved-metadata.ts, which has all reserved keys",
  },
  {
    what: "has a record of dependencies under another word than Deps",
    pattern:
      /\b(?:interface|type) \w*(?:Means|Ports?|Sources?|Askers?|Collaborators|Dependencies)\b|\bconstructor\(parts\b/,
    homes: [],
    instead: "call the parameter deps, and its interface after the class: ClaimsDeps for Claims",
  },
];

describe("imports", () => {
  test("point one way", () => {
    const findings = SOURCES.flatMap(({ path, text }) => {
      const layer = layerOf(path);
      return importsOf(text).flatMap((module) => {
        const finding = module.startsWith(".")
          ? layerFinding(layer, resolve(path, module))
          : packageFinding(layer, module);
        return finding === null ? [] : [`${path}: ${finding}`];
      });
    });
    expect(findings, "move the code, or pass what it needs as a parameter (CONTRIBUTING.md, Layers)").toEqual([]);
  });

  test("point one way in the console too", () => {
    const findings = OTHERS.filter(({ path }) => path.startsWith("console/src/")).flatMap(({ path, text }) => {
      const layer = consoleLayerOf(path);
      return importsOf(text).flatMap((module) => {
        const isInside = module.startsWith(".");
        const target = isInside ? consoleLayerOf(new URL(module, `file:///${path}`).pathname.slice(1)) : module;
        const isAllowed = isInside
          ? CONSOLE_LAYERS.indexOf(target) >= CONSOLE_LAYERS.indexOf(layer)
          : CONSOLE_PACKAGES[module]?.includes(layer) === true;
        return isAllowed ? [] : [`${path}: ${layer} may not import ${module}`];
      });
    });
    expect(findings, "move the code, or pass what it needs as a property (console/README.md)").toEqual([]);
  });

  test("the folders of objects do not import from each other", () => {
    const findings = SOURCES.flatMap(({ path, text }) => {
      const [, layer, object] = OBJECT_FOLDER.exec(path) ?? [];
      return importsOf(text).flatMap((module) => {
        const [, otherLayer, other] = OBJECT_FOLDER.exec(`src/${resolve(path, module)}`) ?? [];
        const isOther = object !== undefined && other !== undefined && layer === otherLayer && other !== object;
        return isOther ? [`${path}: ${module}`] : [];
      });
    });
    expect(
      findings,
      "move shared code beside the folders, into objects/ or storage/; call another object by objects/rpc",
    ).toEqual([]);
  });

  test("a file beside the folders of objects is used outside of one folder", () => {
    const findings = SOURCES.filter(({ path }) => /^src\/(?:objects|storage)\/[^/]+$/.test(path)).flatMap(
      ({ path }) => {
        const module = path.replace(/^src\//, "").replace(/\.ts$/, "");
        const users = SOURCES.filter((source) =>
          importsOf(source.text).some((name) => resolve(source.path, name) === module),
        );
        const folders = new Set(users.map((source) => OBJECT_FOLDER.exec(source.path)?.[0] ?? "elsewhere"));
        const [only] = folders;
        return folders.size === 1 && only !== "elsewhere" ? [`${path}: only ${only} uses it`] : [];
      },
    );
    expect(findings, "move the file into the folder of the object that uses it").toEqual([]);
  });

  test("every layer is in the table", () => {
    const layers = new Set(SOURCES.map(({ path }) => layerOf(path)).filter((layer) => !isTop(layer)));
    expect(
      [...layers].toSorted(),
      "add the folder to MAY_IMPORT here and to the layers of CONTRIBUTING.md, or use an existing one",
    ).toEqual(Object.keys(MAY_IMPORT).toSorted());
  });
});

describe("banned calls", () => {
  const cases = BANS.map((ban) => ({ ...ban, homesText: ban.homes.join(", ") || "no file" }));
  test.each(cases)("$what: allowed in $homesText", ({ pattern, homes, what, instead }) => {
    const findings = SOURCES.filter(({ path }) => !homes.some((home) => path.startsWith(`src/${home}`))).flatMap(
      (source) => matchesOf(pattern, source),
    );
    expect(findings, `this ${what}, which is not allowed here: ${instead}`).toEqual([]);
  });
});

describe("statements of SQL", () => {
  const stores = SOURCES.filter(({ path }) => path.startsWith("src/storage/") && !path.endsWith("/schema.ts"));

  test("are texts of a statement(), with the types of its parameters and columns", () => {
    const bare = /(?<!\btext:\s*)["`]\s*(?:SELECT|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA)\s/;
    const findings = stores.flatMap((source) => matchesOf(bare, source));
    expect(findings, "declare it with statement({ text, parameters, row })").toEqual([]);
  });

  test("are in the record that the test of all statements reads", () => {
    const findings = stores.filter(
      ({ path, text }) =>
        /\bstatement\(\{/.test(text) && !/^export const STATEMENTS\b/m.test(text) && !path.endsWith("/statement.ts"),
    );
    expect(
      findings.map(({ path }) => path),
      "put them into `export const STATEMENTS`, which test/storage/statements.test.ts compares with the tables",
    ).toEqual([]);
  });
});

describe("sizes", () => {
  test(`no file has more than ${FILE_LINES_MAX} lines`, () => {
    const long = [...SOURCES, ...OTHERS].filter(({ lines }) => lines.length > FILE_LINES_MAX);
    const findings = long.map(({ path, lines }) => `${path}: ${lines.length}`);
    expect(findings, "move the second idea of the file into a file of its own").toEqual([]);
  });

  test(`half of the files of src have fewer than ${MEDIAN_LINES_MAX} lines`, () => {
    const sizes = SOURCES.map(({ lines }) => lines.length).toSorted((a, b) => a - b);
    const median = sizes[Math.floor(sizes.length / 2)];
    expect(median, "find files with two ideas, and split those; do not split a file only for this").toBeLessThan(
      MEDIAN_LINES_MAX,
    );
  });

  test(`no line of src, packages, scripts, the console or the documents' site has more than ${LINE_CHARACTERS_MAX} characters`, () => {
    const findings = [
      ...SOURCES,
      ...OTHERS.filter(({ path }) => /^(?:scripts|packages|console|docs)\//.test(path)),
    ].flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (line.length > LINE_CHARACTERS_MAX ? [`${path}:${index + 1}`] : [])),
    );
    expect(findings, "run npm run format, then break the comment or the text by hand").toEqual([]);
  });
});

describe("words", () => {
  test("a TODO names its issue", () => {
    const findings = [...SOURCES, ...OTHERS].flatMap((source) => {
      if (source.path === "test/tidy.test.ts") return [];
      return source.lines.flatMap((line, index) => {
        const isBare = /\b(?:TODO|FIXME|XXX|HACK)\b/.test(line) && !/\bTODO\(#\d+\): \S/.test(line);
        return isBare ? [`${source.path}:${index + 1}: ${line.trim()}`] : [];
      });
    });
    expect(findings, "write TODO(#12): what is left to do, or do it").toEqual([]);
  });

  test("comments refer to nothing outside of the repository but upstream and public standards", () => {
    const outside = /\b(?:core|extended)[\s*/]+contract[\s*/]+\d/gi;
    const findings = [...SOURCES, ...OTHERS].flatMap(({ path, text }) =>
      [...text.matchAll(outside)].map(({ index }) => `${path}:${text.slice(0, index).split("\n").length}`),
    );
    expect(findings, "name a source that a reader can open: a file of Zaqar, a section of its API, an RFC").toEqual([]);
  });

  test("no two exports of src have the same name", () => {
    const declaration = /^export (?:abstract )?(?:async )?(?:class|const|function\*?|interface|type) (\w+)/gm;
    const paths = new Map<string, string[]>();
    for (const { path, text } of SOURCES) {
      for (const [, name = ""] of text.matchAll(declaration)) {
        if (!EXPORTS_OF_STORES.has(name)) paths.set(name, [...(paths.get(name) ?? []), path]);
      }
    }
    const findings = [...paths].flatMap(([name, places]) =>
      new Set(places).size > 1 ? [`${name}: ${places.join(", ")}`] : [],
    );
    expect(findings, "rename one of them: a name stands for one thing").toEqual([]);
  });

  test("names of files are in kebab-case", () => {
    const findings = [...SOURCES, ...OTHERS]
      .map(({ path }) => path)
      .filter(
        (path) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d|\.config)?\.tsx?$/.test(path),
      );
    expect(findings, "rename: lower case and hyphens").toEqual([]);
  });

  test("no file is named shared, utils, helpers or common, and there are no barrels", () => {
    const allowed = ["src/index.ts", "src/http/v2/index.ts"];
    const findings = [...SOURCES, ...OTHERS]
      .map(({ path }) => path)
      .filter(
        (path) =>
          /\/(?:shared|utils?|helpers?|common|misc|lib)[/.]/.test(path) ||
          (path.endsWith("/index.ts") && !allowed.includes(path)),
      );
    expect(findings, "name the file after its one idea and import it directly").toEqual([]);
  });
});

describe("test/support", () => {
  const files = OTHERS.filter(({ path }) => path.startsWith("test/support/"));

  test("test/README.md has a line for every file, and for no other", () => {
    const listed = [...testReadme.matchAll(/^- `(support\/[^`]+)`: \S/gm)].map(([, path]) => `test/${path}`);
    expect(listed.toSorted(), "add or remove a line - `support/…`: what it is for in test/README.md").toEqual(
      files.map(({ path }) => path).toSorted(),
    );
  });

  test("every file begins with its purpose", () => {
    const findings = files.filter(({ text }) => !text.startsWith("/**")).map(({ path }) => path);
    expect(findings, "begin the file with a comment that says what it is for").toEqual([]);
  });
});

function sources(texts: Readonly<Record<string, string>>): Source[] {
  return Object.entries(texts)
    .map(([key, text]) => ({ path: toPath(key), text, lines: text.replace(/\n$/, "").split("\n") }))
    .filter(({ path }) => path !== "src/env.d.ts");
}

/** Vite's names of files are relative to the folder of this one. */
function toPath(key: string): string {
  return key.startsWith("./") ? `test/${key.slice(2)}` : key.replace(/^(?:\.\.\/)+/, "");
}

/** The folder below src, or the name of a file in src itself. */
function layerOf(path: string): string {
  return path.replace(/^src\//, "").split(/[/.]/)[0] ?? "";
}

/** The folder below console/src, or the name of a file in it. */
function consoleLayerOf(path: string): string {
  return path.replace(/^console\/src\//, "").split(/[/.]/)[0] ?? "";
}

function isTop(layer: string): boolean {
  return layer === "index" || layer === "app";
}

/** The imported modules: of values, types, re-exports, side effects, dynamic imports and inline types. A text "from" is none. */
function importsOf(text: string): string[] {
  const code = withoutComments(text);
  return [...code.matchAll(/(?<!")\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, module]) => module ?? "");
}

/** The path of a module below src, without its extension. */
function resolve(path: string, module: string): string {
  return new URL(module, `file:///${path}`).pathname.replace(/^\/src\//, "").replace(/\.ts$/, "");
}

function layerFinding(layer: string, target: string): string | null {
  const targetLayer = layerOf(target);
  if (isTop(layer) || targetLayer === layer) return null;
  const allowed = MAY_IMPORT[layer] ?? [];
  if (allowed.some((known) => target === known || target.startsWith(`${known}/`))) return null;
  return `${layer} may not import ${target}, only ${allowed.join(", ") || "itself"}`;
}

function packageFinding(layer: string, name: string): string | null {
  const homes = PACKAGE_HOMES[name];
  if (homes === undefined) return `${name} is not in PACKAGE_HOMES: add it with the layers that may import it`;
  return homes.includes(layer) ? null : `${layer} may not import ${name}, only ${homes.join(", ")}`;
}

function matchesOf(pattern: RegExp, { path, text }: Source): string[] {
  const code = withoutComments(text);
  return [...code.matchAll(new RegExp(pattern, "g"))].map((match) => {
    const line = code.slice(0, match.index).split("\n").length;
    return `${path}:${line}: ${match[0].split("\n")[0]}`;
  });
}

/** Replaces comments by blanks and keeps the lines. A text with `//` loses its end, which does not matter to any rule here. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, (comment) => comment.replace(/[^\n]/g, " "));
}
