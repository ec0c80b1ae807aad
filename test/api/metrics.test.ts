/** `GET /metrics`. Ours. test/metrics lets Prometheus read it. */
import { describe, expect, test } from "vitest";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { bearer } from "../support/drivers/api-keys.ts";
import { request, send } from "../support/drivers/request.ts";
import { project } from "../support/drivers/zaqar-client.ts";

const PROMETHEUS =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLASSIC = "text/plain; version=0.0.4; charset=utf-8";

describe("the format is", () => {
  test.each([
    ["OpenMetrics for Prometheus", PROMETHEUS, OPENMETRICS],
    ["OpenMetrics for whoever names it alone", "application/openmetrics-text", OPENMETRICS],
    ["the classic one for whoever prefers it", "application/openmetrics-text;q=0.3,text/plain;q=0.5", CLASSIC],
    ["the classic one for whoever refuses OpenMetrics", "application/openmetrics-text;q=0,*/*", CLASSIC],
    ["the classic one for curl", "*/*", CLASSIC],
    ["the classic one without a preference", null, CLASSIC],
    ["the classic one, whatever else is asked for", "application/json", CLASSIC],
  ])("%s", async (_, accept, type) => {
    const { status, headers, text } = await request("GET", "/metrics", { headers: { Accept: accept } });
    expect([status, headers.get("Content-Type"), headers.get("Vary")]).toEqual([200, type, "Accept"]);
    expect(text.endsWith("# EOF\n")).toBe(type === OPENMETRICS);
    expect(text).toMatch(/^sukkal_build_info\{version="[\d.]+"\} 1$/m);
  });
});

test("requests are counted by operation and status, those without an operation too", async () => {
  const owner = project();
  await owner.queue("orders");
  await owner.send("GET", "/v2/nothing-here");
  const { text } = await request("GET", "/metrics?project_id=counted");
  expect(text).toMatch(/^sukkal_requests_total\{transport="http",operation="queue_create",status="201"\} [1-9]/m);
  expect(text).toMatch(/^sukkal_requests_total\{transport="http",operation="none",status="404"\} [1-9]/m);
  expect(text).toMatch(
    /^sukkal_request_duration_seconds_bucket\{transport="http",operation="queue_create",le="\+Inf"\} [1-9]/m,
  );
});

describe("the page of a project", () => {
  test("has its name in each line, however it is spelled", async () => {
    const { text } = await request("GET", `/metrics?per_queue=true&project_id=${encodeURIComponent('a"b\\c d')}`);
    expect(text).toContain('sukkal_queues_omitted{project="a\\"b\\\\c d"} 0\n');
  });

  test("needs the name of the project", async () => {
    expect(await request("GET", "/metrics?per_queue=true")).toRefuse(400);
    expect(await request("GET", "/metrics?per_queue=perhaps")).toRefuse(400);
    // A configuration whose variable is empty would get all projects, and one with two the last.
    for (const query of ["project_id=", "project_id=a&project_id=b", "per_queue=true&project_id=a,b"])
      expect(await request("GET", `/metrics?${query}`)).toRefuse(400);
  });

  test.each([
    [256, 200],
    [257, 400],
  ])("whose name has %i characters is %i", async (length, status) => {
    for (const query of ["", "&per_queue=true"]) {
      expect((await request("GET", `/metrics?project_id=${"x".repeat(length)}${query}`)).status).toBe(status);
    }
  });
});

describe("a key for the metrics", () => {
  const key = bearer(ACCESS_SETTINGS.METRICS_API_KEY);

  test.each(["keystone", "keys", "keystone,keys"])("is accepted with AUTH_STRATEGY=%s", async (strategy) => {
    const service = startService({ ...ACCESS_SETTINGS, METER: "on", AUTH_STRATEGY: strategy });
    const ask = (path: string, init: RequestInit = {}) => service.fetch(new Request(`http://zaqar.test${path}`, init));
    expect((await ask("/metrics", { headers: key })).status).toBe(200);
    expect((await ask("/metrics")).status).toBe(401);
    expect((await ask("/metrics", { headers: bearer(`sk_metrics_${"0".repeat(32)}`) })).status).toBe(401);
    expect((await ask("/metrics", { headers: key, method: "POST" })).status).toBe(401);
    expect((await ask("/v2/service", { headers: { ...key, "Client-ID": crypto.randomUUID() } })).status).toBe(401);
  });

  test("is refused by a service without one", async () => {
    const { METRICS_API_KEY: _, ...settings } = ACCESS_SETTINGS;
    const response = await startService({ ...settings, METER: "on" }).fetch(
      new Request("http://zaqar.test/metrics", { headers: key }),
    );
    expect(response.status).toBe(401);
  });
});

test("the operator's key reads them, and the key of a project's admin does not", async () => {
  const service = startService({ ...ACCESS_SETTINGS, METER: "on", AUTH_STRATEGY: "keys" });
  const operator = new Request("http://zaqar.test/metrics", { headers: bearer(ACCESS_SETTINGS.ADMIN_API_KEY) });
  expect((await service.fetch(operator)).status).toBe(200);
});

test("a service without figures has no metrics", async () => {
  const service = startService({ AUTH_STRATEGY: "none", METER: "off" });
  expect((await service.fetch(new Request("http://zaqar.test/metrics"))).status).toBe(404);
});

test("other methods are refused", async () => {
  expect((await send("POST", "/metrics")).status).toBe(405);
});
