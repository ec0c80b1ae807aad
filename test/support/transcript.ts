/** Transcripts in documents: blocks of the language `console`, with commands of curl and what they print. */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";

interface Step {
  readonly command: string;
  /** `…` stands for any text within a value. */
  readonly answer: string;
}

/** The steps of all transcripts of a document. */
export function stepsOf(document: string): readonly Step[] {
  const transcripts = [...document.matchAll(/(?<=```console\n).*?(?=```)/gs)].map(([text]) => text);
  return transcripts.flatMap((transcript) =>
    transcript
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = "", ...answer] = step.trim().split("\n");
        return { command, answer: answer.join("\n") };
      }),
  );
}

/** Runs the steps against the Worker, and compares what they print. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const { command, answer } of steps) {
    const text = await (await exports.default.fetch(toRequest(command))).text();
    const pattern = answer
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join('[^"]+?');
    expect(text, command).toMatch(new RegExp(`^${pattern}$`));
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
