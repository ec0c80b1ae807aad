/**
 * The rules of the house that a machine can check and that no tool checks already: oxlint holds `any`, cycles, function
 * length and un-awaited calls, knip holds dead exports, oxfmt the layout. Every finding says where and what to do instead.
 */
import { describe, expect, test } from "vitest";
import testReadme from "./README.md?raw";

const SOURCES = sources(import.meta.glob(["../src/**/*.ts"], { query: "?raw", import: "default", eager: true }));
const OTHERS = sources(
  import.meta.glob(["../test/**/*.ts", "../scripts/**/*.ts", "../bench/**/*.ts", "!../bench/results/**"], {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

const FILE_LINES_MAX = 400;
/** The formatter breaks code at 120; this is for comments and texts. */
const LINE_CHARACTERS_MAX = 130;

interface Source {
  /** From the top of the checkout. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/**
 * What each layer may import beside itself: a layer, or a folder or module of it. `config` is a layer of one file; `app` and
 * `index` put everything together and may import anything.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  telemetry: [],
  console: [],
  mechanisms: ["domain/time"],
  config: ["domain"],
  wire: ["domain"],
  storage: ["domain", "mechanisms"],
  delivery: ["domain", "mechanisms", "wire"],
  auth: ["domain", "mechanisms", "config"],
  // Deliveries may carry tokens of Keystone.
  objects: ["domain", "mechanisms", "storage", "delivery", "config", "telemetry", "auth/keystone", "auth/trusts"],
  // What subscribers are sent is the same whatever the transport.
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
    "objects/rpc/hub",
    "storage/hub",
  ],
};

/** Where each package may be imported: the platform and the router stay at the edges. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  hono: ["http", "app"],
  valibot: ["auth", "config", "wire"],
  "node:crypto": ["domain"],
  "cloudflare:workers": ["objects", "websocket", "index"],
  "cloudflare:email": ["objects"],
  "cloudflare:sockets": ["objects"],
};

/** The folder of one Durable Object in a layer. */
const OBJECT_FOLDER = /^src\/(objects|storage)\/(queue|delivery|hub|project|pools)\//;

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  /** Beginnings of the paths, below src, where it is at home. */
  readonly homes: readonly string[];
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    what: "reads the clock",
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/,
    homes: ["objects/", "http/clock.ts", "websocket/"],
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
    pattern: /\.fetch\(|(?<![\w.])fetch\((?!\))/,
    homes: ["delivery/", "auth/keystone.ts", "objects/rpc/disk.ts", "objects/rpc/hub.ts"],
    instead:
      "call an object by typed RPC through objects/rpc/stubs.ts; only couriers, Keystone, the disk and upgrades use HTTP",
  },
  {
    what: "runs SQL by itself",
    pattern: /\.sql\.exec\b|\bstorage\.sql\b/,
    homes: ["storage/sql.ts"],
    instead: "declare a statement in the STATEMENTS of a store and run it with the Sql of storage/sql.ts",
  },
  {
    what: "holds SQL",
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
    ],
    instead: "use the stub of the operation's context: only admission hands them out, after its checks",
  },
  {
    what: "names every failure there is as a result's",
    pattern: /\bResult<[^;{]*\bFailure(?:Kind\b|\["kind"\])/,
    homes: ["domain/result.ts", "domain/refusal.ts"],
    instead: "name the kinds that the call has, so that its callers see them and another one does not compile",
  },
  {
    what: "does by hand what follows a commit",
    pattern: /\.(?:startSoon|enterIndex|wake)\(/,
    homes: ["objects/queue/effects.ts", "objects/queue/maintenance.ts", "objects/queue/waiters.ts"],
    instead: "return it as an effect from the work of host.commit (objects/queue/effects.ts)",
  },
  {
    what: "decodes settings by itself",
    pattern: /\breadConfig\(/,
    homes: ["config/"],
    instead: "take them from config/config-cache.ts with the bindings at hand: an isolate may outlive their change",
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

  test("the folders of the objects do not import from each other", () => {
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
      "what two objects share lies beside their folders; what one asks of another is in objects/rpc",
    ).toEqual([]);
  });

  test("every layer is in the table", () => {
    const layers = new Set(SOURCES.map(({ path }) => layerOf(path)).filter((layer) => !isTop(layer)));
    const unknown = [...layers].filter((layer) => MAY_IMPORT[layer] === undefined);
    expect(
      unknown,
      "add the folder to MAY_IMPORT here and to the layers of CONTRIBUTING.md, or use one that exists",
    ).toEqual([]);
  });
});

describe("banned calls", () => {
  const cases = BANS.map((ban) => ({ ...ban, homesText: ban.homes.join(", ") || "nowhere" }));
  test.each(cases)("only $homesText $what", ({ pattern, homes, what, instead }) => {
    const findings = SOURCES.filter(({ path }) => !homes.some((home) => path.startsWith(`src/${home}`))).flatMap(
      (source) => matchesOf(pattern, source),
    );
    expect(findings, `this ${what} outside its home; instead: ${instead}`).toEqual([]);
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
    expect(findings, "split the file along a second idea that it holds").toEqual([]);
  });

  test(`no line of src or scripts has more than ${LINE_CHARACTERS_MAX} characters`, () => {
    const findings = [...SOURCES, ...OTHERS.filter(({ path }) => path.startsWith("scripts/"))].flatMap(
      ({ path, lines }) =>
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
    const findings = [...SOURCES, ...OTHERS].flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (/\b(?:core|extended) contract \d/.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(findings, "name the source that a reader can open: a file of Zaqar, a section of its API, an RFC").toEqual(
      [],
    );
  });

  test("files are named in kebab-case, after what they hold", () => {
    const findings = [...SOURCES, ...OTHERS]
      .map(({ path }) => path)
      .filter((path) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.ts$/.test(path));
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
    expect(findings, "say in a comment at the head of the file what it is for").toEqual([]);
  });
});

function sources(texts: Readonly<Record<string, string>>): Source[] {
  return Object.entries(texts)
    .map(([key, text]) => ({ path: toPath(key), text, lines: text.replace(/\n$/, "").split("\n") }))
    .filter(({ path }) => path !== "src/env.d.ts");
}

/** Vite names files from the folder of this one. */
function toPath(key: string): string {
  return key.startsWith("./") ? `test/${key.slice(2)}` : key.replace(/^(?:\.\.\/)+/, "");
}

/** The folder below src, or the name of a file directly in it. */
function layerOf(path: string): string {
  return path.replace(/^src\//, "").split(/[/.]/)[0] ?? "";
}

function isTop(layer: string): boolean {
  return layer === "index" || layer === "app";
}

/** Of all kinds: values, types, re-exports, side effects, dynamic ones and types in place. A text "from" is none. */
function importsOf(text: string): string[] {
  const code = withoutComments(text);
  return [...code.matchAll(/(?<!")\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, module]) => module ?? "");
}

/** The module's path below src, without its ending. */
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
  if (homes === undefined) return `${name} has no home: name the layers that may import it in PACKAGE_HOMES`;
  return homes.includes(layer) ? null : `${layer} may not import ${name}, only ${homes.join(", ")}`;
}

function matchesOf(pattern: RegExp, { path, text }: Source): string[] {
  const code = withoutComments(text);
  return [...code.matchAll(new RegExp(pattern, "g"))].map((match) => {
    const line = code.slice(0, match.index).split("\n").length;
    return `${path}:${line}: ${match[0].split("\n")[0]}`;
  });
}

/** Blanks comments out and keeps the lines. A text that holds `//` loses its end, which no rule here looks for. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, (comment) => comment.replace(/[^\n]/g, " "));
}
