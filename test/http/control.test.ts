/** Only the start script can announce a shutdown to the service. */
import { expect, test } from "vitest";
import { answerControl } from "../../src/http/control.ts";
import { Shutdown } from "../../src/operations/shutdown.ts";

const KEY = "0123456789abcdef".repeat(4);

function tell(authorization: string | null, key: string | undefined, method = "POST"): [number, boolean] {
  const shutdown = new Shutdown();
  const headers = authorization === null ? {} : { Authorization: authorization };
  const { status } = answerControl(new Request("http://control/", { method, headers }), key, shutdown);
  return [status, shutdown.hasBegun];
}

test("a request with the key of the run is obeyed", () => {
  expect(tell(`Bearer ${KEY}`, KEY)).toEqual([204, true]);
});

test.each([
  ["no credential", null, KEY],
  ["another key", `Bearer ${KEY.replace("0", "1")}`, KEY],
  ["a part of it", `Bearer ${KEY.slice(1)}`, KEY],
  ["nothing, where there is no key", "Bearer ", undefined],
  ["nothing, where the key is empty", "Bearer ", ""],
  ["no credential, where there is no key", null, undefined],
] as const)("with %s the answer is 404", (_, authorization, key) => {
  expect(tell(authorization, key)).toEqual([404, false]);
});

test("a GET changes nothing", () => {
  expect(tell(`Bearer ${KEY}`, KEY, "GET")).toEqual([404, false]);
});
