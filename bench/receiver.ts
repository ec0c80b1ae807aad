/** Starts and controls the process of the receiver. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ArrivalProcess } from "./arrival-process.ts";

export class Receiver extends ArrivalProcess {
  readonly url: string;

  static async start(): Promise<Receiver> {
    const child = fork(fileURLToPath(new URL("receiver-process.ts", import.meta.url)));
    const [port] = (await once(child, "message")) as [number];
    return new Receiver(child, `http://127.0.0.1:${port}`);
  }

  private constructor(child: ChildProcess, url: string) {
    super(child);
    this.url = url;
  }
}
