/** The text of the metrics, the alerts and the dashboard, judged by promtool. They have to name metrics that exist. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ROOT } from "../../scripts/wrangler.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { placeFamilies, serviceFamilies } from "../../src/wire/metric-families.ts";
import { encodeMetrics } from "../../src/wire/metrics.ts";
import { placesSample, serviceSample } from "../support/metrics-samples.ts";
import { promtool } from "./promtool.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-metrics-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const HOSTILE = [
  '"',
  "\\",
  "\n",
  '\\n"} 1\nsukkal_x 1',
  "",
  " ",
  "{}",
  "é\u2028😀",
  "\t\r\u0000\u007F",
  "x".repeat(256),
];
const PAGES = {
  service: encodeMetrics(serviceFamilies(serviceSample(...HOSTILE)), "classic"),
  project: encodeMetrics(placeFamilies(toProjectId(HOSTILE.join("")), placesSample()), "classic"),
};
const RULES = read("deploy/prometheus/sukkal.rules.yml");

/** The names of the samples that exist. */
const NAMES = new Set(
  [
    ...Object.values(PAGES)
      .join("")
      .matchAll(/^(sukkal_\w+)/gm),
  ].map(([, name]) => name),
);

for (const [page, text] of Object.entries(PAGES)) {
  test(`promtool accepts the text of the ${page}'s page, with hostile names`, () => {
    assert.deepEqual(promtool(["check", "metrics"], text), { output: "", isAccepted: true });
  });
}

test("promtool notices a broken text", () => {
  assert.equal(promtool(["check", "metrics"], PAGES.service.replace('\\"', '"')).isAccepted, false);
});

test("docs/OBSERVE.md has every metric of the service, and no others", () => {
  const [, section = ""] = read("docs/OBSERVE.md").split("\n## Metrics\n");
  const text = section.split("\n## ")[0] ?? "";
  const named = [...text.matchAll(/`(sukkal_\w+)`/g)].map(([, name = ""]) => name);
  const families = [...serviceFamilies(serviceSample("shop")), ...placeFamilies(toProjectId("shop"), placesSample())];
  const known = families.flatMap(({ name }) => [name, `${name}_total`, `${name}_info`]);
  assert.deepEqual(
    named.filter((name) => name !== "sukkal_" && name !== "sukkal_queue_" && !known.includes(name)),
    [],
  );
  // Of two bounds and of several counters only the first is written out.
  const wanted = serviceFamilies(serviceSample("shop"))
    .map(({ name }) => name)
    .filter((name) => !/_messages_(?:max|(?!min|posted)[a-z_]+)$/.test(name));
  for (const name of wanted)
    assert.ok(
      named.some((each) => each.startsWith(name)),
      `${name} is not described`,
    );
});

describe("alerts", () => {
  test("promtool accepts the rules, and their tests pass", () => {
    const verdict = promtool(["test", "rules", join(ROOT, "deploy/prometheus/sukkal.rules.test.yml")]);
    assert.ok(verdict.isAccepted, verdict.output);
  });

  test("promtool accepts the configuration", () => {
    const key = join(folder, "sukkal.key");
    writeFileSync(key, "sk_metrics_x");
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, read("deploy/prometheus/prometheus.yml").replaceAll("/etc/prometheus/sukkal.key", key));
    writeFileSync(join(folder, "sukkal.rules.yml"), RULES);
    const verdict = promtool(["check", "config", file]);
    assert.ok(verdict.isAccepted, verdict.output);
  });

  test("each has a comment, a test and metrics that exist", () => {
    const tested = read("deploy/prometheus/sukkal.rules.test.yml");
    const alerts = [...RULES.matchAll(/^( *#.*\n)? *- alert: (\w+)$/gm)];
    assert.ok(alerts.length > 10);
    for (const [, comment, name] of alerts) {
      assert.ok(comment !== undefined, `${name} has no comment`);
      assert.match(tested, new RegExp(`alertname: ${name}\\n +exp_alerts:`), `no test fires ${name}`);
      assert.match(
        tested,
        new RegExp(`alertname: ${name} *[,}]|alertname: ${name}\\n(?! +exp_alerts)`),
        `${name} always fires`,
      );
    }
    assert.deepEqual(unknownIn(RULES), []);
    assert.deepEqual(unknownIn(tested), []);
  });
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

describe("the dashboard", () => {
  const text = read("deploy/grafana/sukkal.json");
  const { panels, schemaVersion, templating } = JSON.parse(text) as Dashboard;
  const charts = panels.filter(({ type }) => type !== "row");
  const queries = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test("has charts with ids of their own that fill the grid and do not overlap", () => {
    assert.equal(schemaVersion, 39);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    for (const { gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24);
    for (const { targets = [], title } of charts) assert.ok(targets.length > 0, title);
  });

  test("asks for metrics that exist, by variables that exist", () => {
    assert.deepEqual(unknownIn(text), []);
    const known = new Set([...templating.list.map(({ name }) => name), "__rate_interval", "__all"]);
    for (const [, name = ""] of text.matchAll(/\$\{?(\w+)/g)) assert.ok(known.has(name), name);
  });

  test("promtool accepts its queries", () => {
    const file = join(folder, "dashboard.rules.yml");
    const expressions = queries.map((query) => query.replaceAll("$__rate_interval", "5m").replaceAll(/\$\w+/g, ".*"));
    const rules = expressions.map((expr, index) => ({ record: `query_${index}`, expr }));
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const verdict = promtool(["check", "rules", file]);
    assert.ok(verdict.isAccepted, verdict.output);
    assert.match(verdict.output, new RegExp(`SUCCESS: ${rules.length} rules found`));
  });
});

/** The metrics in a text that no page has. */
function unknownIn(text: string): readonly string[] {
  const named = text.matchAll(/\bsukkal_\w+(?=[{[)("\s,])/g);
  return [...named].map(([name]) => name).filter((name) => !NAMES.has(name));
}
