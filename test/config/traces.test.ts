/** The settings of the collector of spans. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";

const ENDPOINT = "http://collector.example:4318";

function read(more: Readonly<Record<string, string>> = {}) {
  return readConfig({ AUTH_STRATEGY: "none", OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, ...more }).traces;
}

test("without a collector there are none, whatever else is set", () => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "", OTEL_TRACES_SAMPLER_ARG: "1" })).toBeNull();
});

test("a collector alone has defaults", () => {
  expect(read()).toEqual({ url: `${ENDPOINT}/v1/traces`, headers: {}, serviceName: "sukkal", ratio: 0.01 });
});

test.each([
  ["https://traces.example/otlp/", "https://traces.example/otlp/v1/traces"],
  ["http://[::1]:4318", "http://[::1]:4318/v1/traces"],
])("the path follows %s", (OTEL_EXPORTER_OTLP_ENDPOINT, url) => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT })?.url).toBe(url);
});

test.each(["collector:4317", "grpc://collector.example", "http://user:password@collector.example", "http://x/?a=b"])(
  "%s is no collector",
  (OTEL_EXPORTER_OTLP_ENDPOINT) => {
    expect(() => read({ OTEL_EXPORTER_OTLP_ENDPOINT })).toThrow("must be an http or https URL");
  },
);

describe("headers", () => {
  test.each([
    ["api-key=a", { "api-key": "a" }],
    [" api-key = a%20b , X-Tenant=1 ,", { "api-key": "a b", "x-tenant": "1" }],
    ["authorization=Basic%20YTpi", { authorization: "Basic YTpi" }],
    ["authorization=Basic YTpi==", { authorization: "Basic YTpi==" }],
  ])("%j are read", (OTEL_EXPORTER_OTLP_HEADERS, headers) => {
    expect(read({ OTEL_EXPORTER_OTLP_HEADERS })?.headers).toEqual(headers);
  });

  test.each(["hidden", "=hidden", "a b=hidden", "a=hidden%", "a=hidden%0D%0Ab"])(
    "%j are refused, and not repeated",
    (OTEL_EXPORTER_OTLP_HEADERS) => {
      const start = () => read({ OTEL_EXPORTER_OTLP_HEADERS });
      expect(start).toThrow(/^OTEL_EXPORTER_OTLP_HEADERS is invalid/);
      expect(start).not.toThrow(/hidden/);
    },
  );
});

describe("the share", () => {
  test.each([
    ["0", 0],
    ["0.0", 0],
    ["0.000000001", 1e-9],
    ["1", 1],
    ["1.0", 1],
  ])("may be %s", (OTEL_TRACES_SAMPLER_ARG, ratio) => {
    expect(read({ OTEL_TRACES_SAMPLER_ARG })?.ratio).toBe(ratio);
  });

  test.each(["-0.1", "1.1", "2", ".5", "1e-3", "half", "0,5"])("may not be %s", (OTEL_TRACES_SAMPLER_ARG) => {
    expect(() => read({ OTEL_TRACES_SAMPLER_ARG })).toThrow(`it must be a number from 0 to 1`);
  });
});
