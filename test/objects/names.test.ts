/** Names of objects: they can be parsed for every project id, and no two objects have the same name. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOME, JURISDICTIONS, LOCATIONS, toRegion } from "../../src/domain/region.ts";
import { toProjectId, type QueueName, type SubscriptionId } from "../../src/domain/id.ts";
import type { Place } from "../../src/domain/place.ts";
import { parseDeliveryName, parseObjectName, parseShardName, shardObjectName } from "../../src/objects/rpc/names.ts";
import { toObjects, type ObjectBindings } from "../../src/objects/rpc/stubs.ts";

/** The names of the requested objects, each after its namespace. */
function namesOf(ask: (objects: ReturnType<typeof toObjects>) => unknown, region = HOME): string[] {
  const asked: string[] = [];
  const namespace = (name: string): DurableObjectNamespace =>
    ({
      getByName: (object: string) => asked.push(`${name} ${object}`),
      jurisdiction: () => namespace(name),
    }) as unknown as DurableObjectNamespace;
  const bindings: ObjectBindings = {
    QUEUES: namespace("QUEUES"),
    SHARD_OBJECTS: namespace("SHARD_OBJECTS"),
    TOPICS: namespace("TOPICS"),
    PROJECTS: namespace("PROJECTS"),
    DELIVERIES: namespace("DELIVERIES"),
    HUBS: namespace("HUBS"),
    POOLS: namespace("POOLS"),
    METERS: namespace("METERS"),
  };
  ask(toObjects(bindings, { config: { jurisdiction: null, pooling: false }, region }));
  return asked;
}

const project = fc
  .oneof(fc.string(), fc.array(fc.constantFrom("p", "/", "topic:", "topic", ":", "q", "000000000001aaaaaaaaaaaa")))
  .map((text) => toProjectId(typeof text === "string" ? text : text.join("")));
const place: fc.Arbitrary<Place> = fc.record({
  kind: fc.constantFrom("queue" as const, "topic" as const),
  name: fc.constantFrom("q", "topic", "topic.q", "000000000001aaaaaaaaaaaa").map((name) => name as QueueName),
});
const subscription = fc
  .constantFrom("000000000001aaaaaaaaaaaa", "000000000002bbbbbbbbbbbb")
  .map((id) => id as SubscriptionId);
const region = fc
  .record({
    jurisdiction: fc.constantFrom(null, ...JURISDICTIONS),
    location: fc.constantFrom(null, ...LOCATIONS),
  })
  .map(toRegion);
const delivery = fc.record({ project, place, region, subscription });

function deliveryName(of: ReturnType<typeof parseDeliveryName>): string {
  const [name = ""] = namesOf((objects) => objects.delivery(of.project, of.place, of.subscription), of.region);
  return name;
}

describe("the name of a delivery", () => {
  test("holds the project, the queue or topic, and the subscription", () => {
    fc.assert(
      fc.property(delivery, (of) => {
        expect(parseDeliveryName(deliveryName(of).replace("DELIVERIES ", ""))).toEqual(of);
      }),
    );
  });

  test.each([
    ["queue", "DELIVERIES p/news/000000000001aaaaaaaaaaaa"],
    ["topic", "DELIVERIES p/topic:news/000000000001aaaaaaaaaaaa"],
  ] as const)("of a %s is %s", (kind, name) => {
    const of = { project: toProjectId("p"), region: HOME, subscription: "000000000001aaaaaaaaaaaa" as SubscriptionId };
    expect(deliveryName({ ...of, place: { kind, name: "news" as QueueName } })).toBe(name);
  });

  test.each(["p/news", "p/news/1", "news/000000000001aaaaaaaaaaaa", "p/topic:/000000000001aaaaaaaaaaaa", ""])(
    "is not %j",
    (name) => {
      expect(() => parseDeliveryName(name)).toThrow("addressed by a name");
    },
  );
});

test("a queue and a topic of the same name are different objects", () => {
  fc.assert(
    fc.property(project, place, (of, { name }) => {
      const names = namesOf((objects) => {
        objects.queue(of, name);
        objects.place(of, { kind: "queue", name });
        objects.place(of, { kind: "topic", name });
      });
      expect(names).toEqual([`QUEUES ${of}/${name}`, `QUEUES ${of}/${name}`, `TOPICS ${of}/${name}`]);
      expect(parseObjectName(`${of}/${name}`)).toEqual({ project: of, name, region: HOME });
    }),
  );
});

describe("the name of a queue's object in a region", () => {
  test("holds the project, the queue and the region", () => {
    fc.assert(
      fc.property(project, place, region, (of, at, where) => {
        const [name = ""] = namesOf((objects) => objects.placeIn(where, of, at));
        expect(parseObjectName(name.replace(/^(?:QUEUES|TOPICS) /, ""))).toEqual({
          project: of,
          name: at.name,
          region: where,
        });
      }),
    );
  });

  test.each(["p/q@", "p/q@mars", "p/q@weur@weur", "p/q@weur.eu", "p/@weur", "p/q@EU"])("is not %j", (name) => {
    expect(() => parseObjectName(name)).toThrow("addressed by a name");
  });
});

describe("the name of a shard", () => {
  test("holds the queue and the number of the shard", () => {
    fc.assert(
      fc.property(
        delivery,
        fc.integer({ min: 1, max: 255 }),
        ({ project: owner, place: { name }, region: at }, shard) => {
          const of = { project: owner, name, region: at };
          expect(parseShardName(shardObjectName(of, shard))).toEqual({ ...of, shard });
        },
      ),
    );
  });

  test.each(["p/q", "p/q/00", "p/q/1", "p/q/100", "p/q/0G", "q/01", "p/q/01@"])("is not %j", (name) => {
    expect(() => parseShardName(name)).toThrow();
  });
});
