/** The README's transcript, run line by line, with the output that it shows. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import readme from "../README.md?raw";

interface Step {
  readonly command: string;
  readonly answer: string;
}

const [transcript = ""] = /(?<=```console\n).*?(?=```)/s.exec(readme) ?? [];
const steps: Step[] = transcript
  .split(/^\$ /m)
  .slice(1)
  .map((step) => {
    const [command = "", ...answer] = step.trim().split("\n");
    return { command, answer: answer.join("\n") };
  });

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

test("the transcript has steps", () => {
  expect(steps.length).toBeGreaterThan(3);
});

test("every step answers what the README shows", async () => {
  for (const { command, answer } of steps) {
    const text = await (await exports.default.fetch(toRequest(command))).text();
    const pattern = answer
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join('[^"]+?');
    expect(text, command).toMatch(new RegExp(`^${pattern}$`));
  }
});
