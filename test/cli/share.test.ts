/** `sukkal queue share`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import type { SharedUrl } from "../../packages/sukkal/src/transport.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests({ SIGNED_URL_SECRET_KEY: "0".repeat(32) });
const share = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(["queue", "share", ...line.split(" ")], options);

test("what it signs can be used as said, and not otherwise", async () => {
  await service.client().queue("jobs").post("first");
  const { stdout } = await share("jobs --methods GET,POST --expires 2h --json");
  const signed = JSON.parse(stdout) as SharedUrl;
  assert.ok(Math.abs(Date.parse(`${signed.expires}Z`) - Date.now() - 7_200_000) < 60_000);
  const jobs = new Sukkal({ url: service.url(), signed }).queue("jobs");
  await jobs.post("second");
  const bodies: unknown[] = [];
  for await (const { body } of jobs.messages()) bodies.push(body);
  assert.deepEqual(bodies, ["first", "second"]);
  await assert.rejects(jobs.claim(), { status: 404 });
});

test("the command of the hint works as it is printed", async () => {
  for (const methods of ["GET", "POST"]) {
    const { stderr } = await share(`jobs --methods ${methods}`);
    const [, command = ""] = stderr.split("Try it:\n");
    const printed = execFileSync("bash", ["-c", command.replace("curl", "curl --silent --fail")], { encoding: "utf8" });
    assert.match(printed, methods === "GET" ? /"body":"first"/ : /"resources":/);
  }
});

test("headers are printed a line each", async () => {
  const names = linesOf(await share("jobs --quiet")).map((line) => line.split("\t")[0]);
  assert.deepEqual(names, ["URL", "X-Project-ID", "URL-Signature", "URL-Expires", "URL-Methods", "URL-Paths"]);
});

test("nothing is signed for a queue that does not exist", async () => {
  const { code, stdout } = await share("nosuch");
  assert.deepEqual([code, stdout], [3, ""]);
});
