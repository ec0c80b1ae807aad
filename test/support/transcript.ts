/** Transcripts whose commands are those of curl, run against the Worker. */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { toPattern, type Step } from "./transcript-steps.ts";

/** Runs the steps against the Worker, and compares what they print. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const { command, answer } of steps) {
    const text = await (await exports.default.fetch(toRequest(command))).text();
    expect(text, command).toMatch(toPattern(answer, '[^"]+?'));
  }
}

/** The request that a curl command sends. */
function toRequest(command: string): Request {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const headers = new Headers();
  let method: string | null = null;
  let body: string | null = null;
  let url = "";
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-s") continue;
    if (!word.startsWith("-")) url = word;
    else if (word === "-X") method = words[++at] ?? null;
    else if (word === "--json") {
      body = words[++at] ?? null;
      headers.set("Content-Type", "application/json");
      headers.set("Accept", "application/json");
    } else if (word === "-H") {
      const [name = "", value = ""] = (words[++at] ?? "").split(": ");
      headers.set(name, value);
    } else throw new Error(`The transcript uses ${word}, which this test does not know.`);
  }
  if (body !== null) headers.set("Content-Length", String(new TextEncoder().encode(body).length));
  return new Request(url, { method: method ?? (body === null ? "GET" : "POST"), headers, body });
}
