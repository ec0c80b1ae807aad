/** The checksums of bodies. Runs with ENABLE_CHECKSUM. */
import { describe, expect, test } from "vitest";
import { project, type Message } from "../support/drivers/zaqar-client.ts";

/** The expected values are the results of Python's `hashlib.md5(json.dumps(body).encode())`. */
const CHECKSUMS: readonly [string, string][] = [
  ['"a"', "6067924ae1b1832abce3d12fe83755a9"],
  ['""', "9d4568c009d203ab10e33ea9953a0264"],
  ["0", "cfcd208495d565ef66e7dff9f98764da"],
  ["1.0", "e4c2e8edac362acab7123654b9e73432"],
  ["-0.0", "e80c77464a0cfaf2c46a5574f6bc76b9"],
  ["1e16", "17ad58a7ab5201decb18b0996a327592"],
  ["1e15", "bc76ddb5ceb03ea84544dbe6c8a5baa6"],
  ["0.0001", "ac382d58b1125bb9aeaf1a83ebf5e9c6"],
  ["0.00001", "0e6c77caff4e0ac45fc1951e85bbff6a"],
  ["1.5e300", "2139ee3bcd43893ec117ca8c2dd00824"],
  ["123456789.123", "38b56f5be1a51e9d096e4c87de53e36c"],
  ["9007199254740993", "322d1e02970a2deaaf671adaf4e026c7"],
  ["true", "b326b5062b2f0e69046810717534cb09"],
  ["false", "68934a3e9455fa72420237eb05902327"],
  ["[]", "d751713988987e9331980363e24189ce"],
  ["{}", "99914b932bd37a50b983c5e7c90ae93b"],
  ["[1,2]", "04cd0e0151f352e7fd414d694a604136"],
  ['{"b":1,"a":"é😀"}', "d3360c8d572987604892427323b553f9"],
  ['{"b":[{"a":null}],"a":{}}', "1069dafc6c4c26ac8fbf4879e6f97913"],
  ['"\\"\\\\\\/\\n\\t\\u0007\\u007f"', "141f22f3ccaa18c8d4679c0be358f3e5"],
  ['{"a":1,"a":2}', "9f8a8e5ba8c70c774d410a9107e2a32b"],
  ['{"2":1,"1":2}', "7078ee59815c4f91a1fde8c243e476e2"],
  ['"日本"', "e83e0feb1eb2100465b5cc3f6e478c33"],
  ['{"a":1,"b":2,"a":3}', "b344220ee21d500df96cb5df83e2ce28"],
  ['"\\ud800"', "ae93e405991634f04349340beb331ebf"],
];

test.each(CHECKSUMS)("%s has the checksum that Python computes", async (body, checksum) => {
  const orders = await project().queue();
  expect(await orders.send("POST", "/messages", { body: `{"messages":[{"body":${body}}]}` })).toAnswer(201);
  const answer = await orders.send("GET", "/messages?echo=true");
  expect(answer.text).toContain(`"checksum":"MD5:${checksum}"`);
});

describe("a checksum", () => {
  test("is shown wherever a message is, as an MD5 in hexadecimal", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const shown = [...(await orders.list()), ...(await orders.getMany([id])), await orders.get(id)];
    const claim = await orders.claim();
    const all = [...shown, ...claim.messages, ...((await claim.get())?.messages ?? [])] as Message[];
    expect(all).toHaveLength(5);
    for (const message of all) expect(message.checksum).toMatch(/^MD5:[0-9a-f]{32}$/);
    expect(new Set(all.map((message) => message.checksum)).size).toBe(1);
  });

  test("is absent, not null, for a null body", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: null });
    expect(await orders.get(id)).not.toHaveProperty("checksum");
  });
});
