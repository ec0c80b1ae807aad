/** Bodies keep their exact text, whatever JSON surrounds them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JsonText, Sukkal } from "sukkal/client";
import { ScriptedService } from "./scripted-service.ts";

/** A queue with messages of these bodies. */
function queueOf(bodies: readonly string[]): ReturnType<Sukkal["queue"]> {
  const messages = bodies.map(
    (body, index) => `{"id":"${index}","href":"/x?body=1","ttl":60,"age":0,"body":${body},"claim_count":0}`,
  );
  const service = new ScriptedService().on(/./, () => new Response(`{"messages":[${messages.join(",")}],"links":[]}`));
  return new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs");
}

async function textsOf(bodies: readonly string[]): Promise<string[]> {
  return (await queueOf(bodies).getMany(["all"])).map(({ bodyText }) => bodyText);
}

test("what JSON.parse would change", async () => {
  const bodies = [
    "9007199254740993",
    "1.0",
    '{"b":1,"a":2,"b":3}',
    '{ "body" : [ { "body" : 1 } ] }',
    '"\\"body\\":1,}]"',
    '"\\\\"',
    "[]",
    "{}",
    "null",
    '""',
    '{"\\u0062ody":1}',
  ];
  assert.deepEqual(await textsOf(bodies), bodies);
});

test("any JSON", async () => {
  const body = fc.oneof(
    fc.json(),
    fc.string().map((text) => JSON.stringify(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 5 }), async (bodies) => {
      assert.deepEqual(await textsOf(bodies), bodies);
    }),
    { numRuns: 500 },
  );
});

test("a JsonText is posted as it is, and must be JSON", async () => {
  const service = new ScriptedService().on(/./, () => Response.json({ resources: ["/v2/queues/jobs/messages/1"] }));
  const queue = new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs");
  await queue.post(new JsonText('{"price": 1.00}'), { ttl: 60 });
  assert.equal(service.asked[0]?.body, '{"messages":[{"body":{"price": 1.00},"ttl":60}]}');
  assert.throws(() => new JsonText("{"), SyntaxError);
});
