/**
 * The settings are written in five places: `SETTINGS` (src/config/settings.ts) for the service, wrangler.toml for Cloudflare,
 * config.capnp for workerd, docs/CONFIGURATION.md for people, src/env.d.ts for the compiler. Their names, order, defaults and units
 * are those of the first, their values in the cloud those of the second, and their upstream options those of the fourth.
 */
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import capnp from "../config.capnp?raw";
import configuration from "../docs/CONFIGURATION.md?raw";
import { readConfig } from "../src/config/config.ts";
import { VARIABLES, type Variable } from "../src/config/settings.ts";
import { reachOf } from "../src/delivery/ip.ts";
import environmentTypes from "../src/env.d.ts?raw";
import { FOLDERS } from "../src/storage/folders.ts";
import wrangler from "../wrangler.toml?raw";

interface WranglerConfig {
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly compatibility_date: string;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly migrations: readonly { readonly new_sqlite_classes: readonly string[] }[];
}

const wranglerConfig = parse(wrangler) as unknown as WranglerConfig;
const NAMES = VARIABLES.map(({ name }) => name);

/** The settings in wrangler.toml. A deployment must set the required ones itself, and secrets are not written into files. */
const WRITTEN = VARIABLES.filter(({ isSecret, required }) => isSecret !== true && required !== true);

/** The settings that differ in the cloud. Cloudflare limits the number of vars, so the others keep their defaults. */
const VARS = wranglerConfig.vars;

interface Row {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
  readonly option: string;
}

/** The table of docs/CONFIGURATION.md. */
const ROWS = [...configuration.matchAll(/^\| `([A-Z0-9_]+)` \| (.*?) \| (.*) \| (.*) \|$/gm)].map(
  ([, name = "", value = "", meaning = "", option = ""]): Row => ({ name, value, meaning, option }),
);

describe("docs/CONFIGURATION.md", () => {
  test("has a row for every setting, with its default and its value in the cloud", () => {
    expect(
      ROWS.map(({ name, value }) => `| \`${name}\` | ${value} |`),
      "write rows that begin so into the table of docs/CONFIGURATION.md, in this order",
    ).toEqual(VARIABLES.map(toBeginOfRow));
  });

  test.each(VARIABLES.map(({ name, unit }) => [name, unit] as const))(
    "says what %s means, and its unit",
    (name, unit) => {
      const { meaning = "", option } = ROWS.find((row) => row.name === name) ?? {};
      expect(meaning).not.toBe("");
      if (unit !== undefined) expect(meaning, "its meaning must name the unit").toContain(UNITS[unit]);
      expect(option, 'the option is "[section] name" as Zaqar\'s documentation has it, or "ours"').toMatch(
        /^(?:ours|\[[\w:]+\] \w+)$/,
      );
    },
  );
});

const UNITS: Readonly<Record<NonNullable<Variable["unit"]>, string>> = {
  seconds: "(s",
  milliseconds: "(ms",
  bytes: "bytes",
  characters: "(characters",
  percent: "(%",
};

function toBeginOfRow({ name, default: value }: Variable): string {
  const inCloud = VARS[name];
  const elsewhere = inCloud === undefined ? "" : `, in the cloud \`${inCloud}\``;
  return `| \`${name}\` | ${value === null ? "-" : `\`${value}\``}${elsewhere} |`;
}

describe("wrangler.toml", () => {
  test("lets no fetch to the Worker's own zone past what guards its origin", () => {
    expect(wranglerConfig.compatibility_flags).toContain("global_fetch_strictly_public");
  });

  test("has values that the service starts with", () => {
    expect(() => readConfig({ ...wranglerConfig.vars, AUTH_STRATEGY: "none" })).not.toThrow();
  });

  test("shows the defaults of all others in comments", () => {
    const shown = [...wrangler.matchAll(/^# ([A-Z_]+) = "([^"]*)" +# /gm)].map(([, name, value]) => [name, value]);
    const others = WRITTEN.filter(({ name }) => !Object.hasOwn(VARS, name));
    const wanted = others.map(({ name, default: value }) => [name, value ?? ""]);
    expect(shown, 'write # NAME = "default" # option, unit into wrangler.toml, in this order').toEqual(wanted);
  });

  test("bounds in the cloud what a project could spend and an object could do, and says why", () => {
    expect(Object.keys(VARS)).toEqual([
      "MAX_WAITING_CLAIMS_PER_PROJECT",
      "MAX_DELIVERY_CONCURRENCY",
      "QUOTA_QUEUES",
      "QUOTA_SUBSCRIPTIONS_PER_QUEUE",
      "QUOTA_REQUESTS_PER_SECOND",
      "SHARDS",
    ]);
    for (const [name, value] of Object.entries(VARS)) {
      expect(Number(value)).toBeGreaterThan(0);
      expect(value).not.toBe(VARIABLES.find((setting) => setting.name === name)?.default);
      expect(wrangler, `write the reason above ${name}, as a comment`).toMatch(new RegExp(`\\n# .*\\.\\n${name} = "`));
    }
  });

  test("names the upstream option and the unit of every setting, also of those that are unset, in a comment", () => {
    const comments = [...wrangler.matchAll(/^(?:# )?(\w+) = "[\w.-]*" +# (.+)$/gm)].map(([, name, comment]) => [
      name,
      comment,
    ]);
    const optionOf = (name: string): string => ROWS.find((row) => row.name === name)?.option ?? "";
    const wanted = WRITTEN.map(({ name, unit }) => [
      name,
      unit === undefined ? optionOf(name) : `${optionOf(name)}, ${unit}`,
    ]);
    expect(comments, 'write NAME = "value" # option, unit into wrangler.toml, in this order').toEqual(wanted);
  });

  test("names every secret at its end, so that it is put and not written", () => {
    const secrets = VARIABLES.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);
    const [end = ""] = /# Secrets must not be written here[^]*$/.exec(wrangler) ?? [];
    const named = secrets.filter((name) => new RegExp(`\\b${name}\\b`).test(end));
    expect(named, "name these in the comment about secrets at the end of wrangler.toml").toEqual(secrets);
  });
});

test("src/env.d.ts has the variables that wrangler.toml sets", () => {
  const types = [...environmentTypes.matchAll(/^\t([A-Z_]+): string;$/gm)].map(([, name]) => name);
  expect(types, "run npm run types, which generates src/env.d.ts from wrangler.toml").toEqual(Object.keys(VARS));
});

/** The addresses of metadata services that are not link-local. */
const METADATA_SERVICES = ["100.100.100.200", "168.63.129.16", "fd00:ec2::", "fd20:ce::254"];

/** The first addresses of reserved blocks and tunnels. */
const RESERVED = ["0.0.0.0", "192.0.0.0", "192.0.2.0", "192.88.99.0", "198.18.0.0", "198.51.100.0", "203.0.113.0"];
const RESERVED_IPV6 = ["64:ff9b:1::", "2001::", "2001:db8::", "2002::", "3fff::", "fec0::", "ff00::"];

describe("config.capnp", () => {
  test("lets no subscriber's name lead to a metadata service, or by a tunnel or NAT64 to a private network", () => {
    const networks = ["internet", "anywhere"].map(
      (name) => new RegExp(`\\(name = "${name}", network = (.*)`).exec(capnp)?.[1],
    );
    for (const network of networks) expect(network).toContain("deny = .closed,");
    const [, list = ""] = /const closed :List\(Text\) = \[([^\]]*)\]/.exec(capnp) ?? [];
    const addresses = [...list.matchAll(/"([^"]+)\/\d+"/g)].map(([, address = ""]) => address);
    for (const address of [
      "169.254.0.0",
      "fe80::",
      "64:ff9b::a00:0",
      ...METADATA_SERVICES,
      ...RESERVED,
      ...RESERVED_IPV6,
    ])
      expect(addresses).toContain(address);
    expect(addresses.filter((address) => reachOf(address) === "public")).toEqual([]);
    // Private addresses are denied only in NAT64 form. In their own form an operator may allow them.
    expect(addresses.filter((address) => reachOf(address) === "private" && !address.startsWith("64:ff9b::"))).toEqual(
      [],
    );
  });

  test("takes every setting from the environment, under its own name", () => {
    const bindings = [...capnp.matchAll(/\(name = "(\w+)", fromEnvironment = "(\w+)"\)/g)].filter(
      // No setting: the start script generates it for each run.
      ([, binding]) => binding !== "CONTROL_KEY",
    );
    const todo = 'write (name = "NAME", fromEnvironment = "NAME"), into the bindings of config.capnp, in this order';
    expect(
      bindings.map(([, binding]) => binding),
      todo,
    ).toEqual(NAMES);
    expect(
      bindings.map(([, , variable]) => variable),
      todo,
    ).toEqual(NAMES);
  });

  test("has the objects of wrangler.toml, all with SQL", () => {
    const { bindings } = wranglerConfig.durable_objects;
    const bound = [...capnp.matchAll(/\(name = "(\w+)", durableObjectNamespace = "(\w+)"\)/g)];
    expect(bound.map(([, name, className]) => ({ name, class_name: className }))).toEqual(bindings);
    const classes = [...capnp.matchAll(/\(className = "(\w+)", uniqueKey = "[\w-]+", enableSql = true\)/g)];
    expect(classes.map(([, className]) => className)).toEqual(bindings.map((binding) => binding.class_name));
    const folders = [...capnp.matchAll(/className = "(\w+)Object", uniqueKey = "([\w-]+)"/g)].map(([, , key]) => key);
    expect(new Set(folders)).toEqual(new Set(Object.values(FOLDERS)));
    expect(wranglerConfig.migrations.flatMap((migration) => migration.new_sqlite_classes)).toEqual(
      bindings.map((binding) => binding.class_name),
    );
  });

  test("runs as of the same day, with the same flags", () => {
    expect(/compatibilityDate = "([\d-]+)"/.exec(capnp)?.[1]).toBe(wranglerConfig.compatibility_date);
    const [, flags = ""] = /compatibilityFlags = \[([^\]]*)\]/.exec(capnp) ?? [];
    expect([...flags.matchAll(/"(\w+)"/g)].map(([, flag]) => flag)).toEqual(wranglerConfig.compatibility_flags);
  });
});
