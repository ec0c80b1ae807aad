/** A running example and its output. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { endWithThisProcess } from "../../bench/children.ts";
import { ROOT, WRANGLER } from "../../scripts/wrangler.ts";
import { PYTHON } from "../clients/python.ts";

export const EXAMPLES = join(ROOT, "examples");

/** How a file is run, by the end of its name. */
const COMMANDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  ".sh": ["sh"],
  ".py": [PYTHON],
  // The client as it is here, without the build that the README of the examples begins with.
  ".mjs": [process.execPath],
  ".ts": [process.execPath, "--conditions=sukkal-source"],
  // A Worker, by its settings.
  ".toml": [process.execPath, WRANGLER, "dev", "--ip", "127.0.0.1", "--port", "0", "--config"],
};

export const WRANGLER_SETTINGS = {
  CI: "true",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_BUILD_CONDITIONS: "sukkal-source,workerd,worker,browser",
};

export class Example implements AsyncDisposable {
  readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private faults = "";

  constructor(file: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
    const [command, ...options] = COMMANDS[extname(file)] ?? assert.fail(`nothing runs ${file}`);
    this.child = spawn(command, [...options, join(EXAMPLES, file), ...args], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...WRANGLER_SETTINGS, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.once(
      "exit",
      endWithThisProcess(() => this.child.kill("SIGKILL")),
    );
    const { stdout, stderr } = this.child;
    assert.ok(stdout !== null && stderr !== null);
    stderr.setEncoding("utf8").on("data", (text: string) => (this.faults += text));
    this.lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** The next line of its output. It fails with what the example has complained about. */
  async line(): Promise<string> {
    const { done, value } = await this.lines.next();
    return done === true ? assert.fail(`the output has ended. Errors: ${this.faults}`) : value;
  }

  /** Resolves when it has written this to its standard error. */
  async complains(about: RegExp): Promise<void> {
    while (!about.test(this.faults)) {
      if (this.child.exitCode !== null) assert.fail(`it has ended, with the errors: ${this.faults}`);
      await once(this.child.stderr ?? assert.fail(), "data");
    }
  }

  /** The rest of its output, until it ends by itself, with exit code 0. */
  async end(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let next = await this.lines.next(); next.done !== true; next = await this.lines.next()) lines.push(next.value);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "close");
    assert.equal(this.child.exitCode, 0, this.faults);
    return lines;
  }

  /** Stops it as a service manager does, and returns the rest of its output. */
  async stop(): Promise<readonly string[]> {
    this.child.kill("SIGTERM");
    return await this.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}
