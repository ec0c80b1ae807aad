/** The number of hops, which ends loops of notifications. */
import { expect, test } from "vitest";
import { decodeHops, encodeHops, parseHops } from "../../src/domain/hops.ts";
import { parseFreeClientId, type ClientId } from "../../src/domain/id.ts";

const CLIENT = "3381af92-2b9e-11e3-b191-71861300734c" as ClientId;

test.each([0, 1, 5, 12])("%i hops travel with the client id", (hops) => {
  expect(decodeHops(encodeHops(CLIENT, hops))).toBe(hops);
});

test("a post from outside keeps its client id", () => {
  expect(encodeHops(CLIENT, 0)).toBe(CLIENT);
});

test.each(["3_of_a_client", "3 of a client", "3,of,a,client"])("a client cannot count with %j", (text) => {
  const client = parseFreeClientId(text, { min: 1, max: 36 });
  expect(client === null ? 0 : decodeHops(client)).toBe(0);
});

test("no header holds what separates the count", () => {
  expect(() => new Headers({ "Client-ID": encodeHops(CLIENT, 3) })).toThrow(TypeError);
});

test.each([
  [null, 0],
  ["", 0],
  ["0", 0],
  ["5", 5],
  ["100000000000000000000", 1e20],
  ["-1", 0],
  ["1, 2", 0],
  ["5.0", 0],
  ["many", 0],
])("a header of %j states %i hops", (text, hops) => {
  expect(parseHops(text)).toBe(hops);
});
