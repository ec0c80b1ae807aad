/**
 * The examples of the OpenAPI document, executed: those of a tag in their order, in a project of their own. Each gets its documented
 * answer, with the members of the example. Ids in later examples stand for those that earlier answers contain.
 */
import { expect, test } from "vitest";
import { ENDPOINTS, TAGS } from "../../openapi/endpoints.ts";
import { defectOf } from "../support/openapi-answers.ts";
import { Scenario, targetOf } from "../support/openapi-examples.ts";

/** Its example is an upgrade. */
const NOT_EXECUTED = ["websocket_get"];
/** Documents that are too large for an example. */
const WITHOUT_EXAMPLE = ["home_get", "health_get", "openapi_get"];

test.each(Object.keys(TAGS))("%s", async (tag) => {
  const scenario = await Scenario.begin(tag);
  for (const endpoint of ENDPOINTS) {
    if (endpoint.tag === tag && !NOT_EXECUTED.includes(endpoint.id)) await scenario.execute(endpoint);
  }
});

test("every document in a first answer has an example", () => {
  const missing = ENDPOINTS.filter(({ answers }) => {
    const [answer] = Object.values(answers);
    return answer?.schema !== undefined && answer.example === undefined;
  });
  expect(missing.map(({ id }) => id)).toEqual(expect.arrayContaining(WITHOUT_EXAMPLE));
  expect(missing).toHaveLength(WITHOUT_EXAMPLE.length);
});

const ANSWERS = ENDPOINTS.flatMap((endpoint) =>
  Object.entries(endpoint.answers).flatMap(([status, answer]) =>
    answer.example === undefined ? [] : [{ id: endpoint.id, status: Number(status), endpoint, answer }],
  ),
);

test.each(ANSWERS)("the example of $id, $status, is an answer of the document", ({ endpoint, answer, status }) => {
  const headers = new Headers({ "Content-Type": "application/json", "X-OpenStack-Request-Id": "req" });
  for (const [name, { example }] of Object.entries(answer.headers ?? {})) headers.set(name, example);
  const received = { status, headers, text: JSON.stringify(answer.example) };
  expect(defectOf(endpoint.method, targetOf(endpoint), received)).toBeNull();
});
