/** PATCH of a queue's metadata. */
import { describe, expect, test } from "vitest";
import { JSON_PATCH, project } from "../support/drivers/zaqar-client.ts";

describe("the media type", () => {
  test.each([
    null,
    "",
    "application/json",
    "application/json-patch+json",
    `${JSON_PATCH}; charset=utf-8`,
    "application/OpenStack-messaging-v2.0-json-patch",
    "application/openstack-messaging-v2-json-patch",
  ])("%j is refused before the document is looked at", async (type) => {
    const body = new TextEncoder().encode("{");
    const answer = await project()
      .missingQueue()
      .send("PATCH", "", { body, headers: { "Content-Type": type } });
    expect(answer).toRefuse(415, "415 Unsupported Media Type");
    expect(answer.json).toMatchObject({ description: expect.stringContaining(JSON_PATCH) });
  });
});

describe("operations", () => {
  test("apply in order and answer with the metadata that results", async () => {
    const orders = await project().queue("orders", { team: "ops", size: 1 });
    const metadata = await orders.patch(
      { op: "replace", path: "/metadata/team", value: "dev" },
      { op: "remove", path: "/metadata/size" },
      { op: "add", path: "/metadata/colour", value: "red" },
      { op: "replace", path: "/metadata/colour", value: "blue" },
    );
    expect(metadata).toMatchObject({ team: "dev", colour: "blue", _default_message_ttl: 3600 });
    expect(metadata).not.toHaveProperty("size");
    expect(await orders.metadata()).toEqual(metadata);
  });

  test("an empty list is allowed", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    expect(await orders.patch()).toMatchObject({ team: "ops" });
  });

  test("add overwrites", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    expect(await orders.patch({ op: "add", path: "/metadata/team", value: [1] })).toMatchObject({ team: [1] });
  });

  test("add and then remove is a removal", async () => {
    const orders = await project().queue();
    const metadata = await orders.patch(
      { op: "add", path: "/metadata/team", value: "ops" },
      { op: "remove", path: "/metadata/team" },
    );
    expect(metadata).not.toHaveProperty("team");
  });

  test.each(["null", "9007199254740993", "1.0", '{"b":1,"a":2}', '""', "false"])(
    "a value of %s is stored as it was written",
    async (value) => {
      const orders = await project().queue();
      const answer = await orders.sendPatch(`[{"op":"add","path":"/metadata/key","value":${value}}]`);
      expect(answer).toAnswer(200);
      expect(answer.text).toContain(`"key":${value}`);
    },
  );

  test("further members of an operation are ignored", async () => {
    const orders = await project().queue();
    const answer = await orders.sendPatch([{ op: "add", path: "/metadata/a", value: 1, from: "/x", more: [] }]);
    expect(answer).toAnswer(200);
  });

  test("change how the queue behaves at once", async () => {
    const orders = await project().queue();
    await orders.patch({ op: "add", path: "/metadata/_default_message_ttl", value: 77 });
    const id = await orders.postOne("a");
    expect((await orders.get(id))?.ttl).toBe(77);
  });
});

describe("reserved keys", () => {
  test.each([
    "_default_message_ttl",
    "_default_message_delay",
    "_max_messages_post_size",
    "_dead_letter_queue",
    "_dead_letter_queue_messages_ttl",
    "_max_claim_count",
    "_enable_encrypt_messages",
  ])("%s can be replaced and removed where it is not stored", async (key) => {
    const orders = await project().queue();
    expect(await orders.patch({ op: "remove", path: `/metadata/${key}` })).toEqual(
      await project().missingQueue().metadata(),
    );
    expect(await orders.sendPatch([{ op: "replace", path: `/metadata/${key}`, value: null }])).toAnswer(200);
  });

  test("removing a stored one brings its default back", async () => {
    const orders = await project().queue("orders", { _default_message_ttl: 60 });
    expect(await orders.patch({ op: "remove", path: "/metadata/_default_message_ttl" })).toMatchObject({
      _default_message_ttl: 3600,
    });
  });

  test("the way python-zaqarclient sets metadata works: add the new, remove every other key it saw", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    const removed = Object.keys(await orders.metadata()).map((key) => ({ op: "remove", path: `/metadata/${key}` }));
    const metadata = await orders.patch({ op: "add", path: "/metadata/size", value: 1 }, ...removed);
    expect(metadata).toEqual({ ...(await project().missingQueue().metadata()), size: 1 });
  });

  test.each(["replace", "remove"])("%s of any other key that is not stored is a conflict", async (op) => {
    const orders = await project().queue();
    for (const key of ["team", "_flavor", "_retry_policy"]) {
      expect(await orders.sendPatch([{ op, path: `/metadata/${key}`, value: 1 }])).toRefuse(409, "Resource conflict");
    }
  });

  test("a conflict in the middle changes nothing", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    const before = await orders.metadata();
    const answer = await orders.sendPatch([
      { op: "replace", path: "/metadata/team", value: "dev" },
      { op: "remove", path: "/metadata/size" },
      { op: "add", path: "/metadata/colour", value: "red" },
    ]);
    expect(answer).toRefuse(409, "Resource conflict");
    expect(await orders.metadata()).toEqual(before);
  });

  test("a result that breaks their rules changes nothing", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    const before = await orders.metadata();
    const answer = await orders.sendPatch([
      { op: "replace", path: "/metadata/team", value: "dev" },
      { op: "add", path: "/metadata/_default_message_ttl", value: 59 },
    ]);
    expect(answer).toRefuse(400, "Invalid request body");
    expect(await orders.metadata()).toEqual(before);
  });

  test("an intermediate result that breaks their rules is allowed", async () => {
    const orders = await project().queue();
    await orders.patch(
      { op: "add", path: "/metadata/_default_message_ttl", value: 59 },
      { op: "replace", path: "/metadata/_default_message_ttl", value: 60 },
    );
  });
});

describe("paths", () => {
  test.each([
    ["/metadata/a~1b", "a/b"],
    ["/metadata/a~0b", "a~b"],
    ["/metadata/a~01b", "a~1b"],
    ["/METADATA/a", "a"],
    ["/Metadata/a", "a"],
    ["/metadata/ a ", "a"],
    ["/ metadata /a", "a"],
    ["/metadata/A", "A"],
    ["/metadata/__proto__", "__proto__"],
    ["/metadata/ключ", "ключ"],
  ])("%s names the key %s", async (path, key) => {
    const orders = await project().queue();
    const answer = await orders.sendPatch([{ op: "add", path, value: "value" }]);
    expect(answer).toAnswer(200);
    expect(answer.text).toContain(`${JSON.stringify(key)}:"value"`);
  });

  test.each([
    ["metadata/a", "does not begin with a slash"],
    ["/metadata/", "ends with a slash"],
    ["/metadata//a", "has adjacent slashes"],
    ["//metadata/a", "has adjacent slashes"],
    ["/metadata/a~", "has a bare tilde"],
    ["/metadata/a~2", "has an unknown escape"],
    ["/a", "has one token"],
    ["/metadata", "has one token"],
    ["/metadata/a/b", "has three tokens"],
    ["", "is empty"],
    ["/", "is a slash"],
    ["/other/a", "does not begin with metadata"],
  ])("%j is refused: it %s", async (path) => {
    const orders = await project().queue();
    expect(await orders.sendPatch([{ op: "add", path, value: 1 }])).toRefuse(400, "Invalid request body");
  });

  test("the root is not checked for remove", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    expect(await orders.patch({ op: "remove", path: "/anything/team" })).not.toHaveProperty("team");
  });
});

describe("the document", () => {
  const add = { op: "add", path: "/metadata/a", value: 1 };
  test.each([
    ["unparsable", "["],
    ["empty", " "],
    ["a scalar", "1"],
    ["an object instead of an array", JSON.stringify(add)],
    ["an operation that is a number", "[1]"],
    ["an operation that is a text", '["add"]'],
    ["an operation that is null", "[null]"],
    ["an operation that is an array", "[[]]"],
    ["an operation without op", '[{"path":"/metadata/a","value":1}]'],
    ["an unknown op", '[{"op":"test","path":"/metadata/a","value":1}]'],
    ["a move", '[{"op":"move","path":"/metadata/a","from":"/metadata/b"}]'],
    ["a copy", '[{"op":"copy","path":"/metadata/a","from":"/metadata/b"}]'],
    ["an op in capitals", '[{"op":"ADD","path":"/metadata/a","value":1}]'],
    ["an op that is no text", '[{"op":1,"path":"/metadata/a","value":1}]'],
    ["an op with braces", '[{"op":"{0}","path":"/metadata/a","value":1}]'],
    ["an operation without path", '[{"op":"add","value":1}]'],
    ["a path that is no text", '[{"op":"add","path":1,"value":1}]'],
    ["a path that is null", '[{"op":"remove","path":null}]'],
    ["a wrong path with braces", '[{"op":"add","path":"/{other}/a","value":1}]'],
    ["an add without value", '[{"op":"add","path":"/metadata/a"}]'],
    ["a replace without value", '[{"op":"replace","path":"/metadata/_max_claim_count"}]'],
    ["an integer beyond 64 bits", '[{"op":"add","path":"/metadata/a","value":9223372036854775808}]'],
    ["a defect behind a sound operation", JSON.stringify([add, { op: "add" }])],
  ])("%s is refused, and changes nothing", async (_, body) => {
    const orders = await project().queue();
    expect(await orders.sendPatch(body)).toRefuse(400, "Invalid request body");
    expect(await orders.metadata()).toEqual(await project().missingQueue().metadata());
  });

  test("65,536 bytes pass, one more does not", async () => {
    const document = (bytes: number): string => {
      const empty = '[{"op":"add","path":"/metadata/a","value":""}]';
      return empty.replace('""', `"${"x".repeat(bytes - empty.length)}"`);
    };
    const orders = await project().queue();
    expect(await orders.sendPatch(document(65_536))).toAnswer(200);
    expect(await orders.sendPatch(document(65_537))).toRefuse(400, "Invalid request body");
  });

  test("is checked before the queue's existence", async () => {
    const orders = project().missingQueue();
    expect(await orders.sendPatch([{ op: "test" }])).toRefuse(400, "Invalid request body");
    expect(await orders.sendPatch([add])).toRefuse(404, "Not found");
    const conflict = await orders.sendPatch([{ op: "replace", path: "/metadata/a", value: 1 }]);
    expect(conflict).toRefuse(404, "Not found");
  });
});
