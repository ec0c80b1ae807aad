/** The service of tests in which it is killed, restarted at the same port, and frozen. */
import { join } from "node:path";
import { Workerd, type WorkerdOptions } from "../../bench/workerd.ts";

export class Service {
  private readonly options: WorkerdOptions;
  private workerd: Workerd;

  static async start(config: string, folder: string, settings: WorkerdOptions["environment"] = {}): Promise<Service> {
    const options = { config, dataDir: join(folder, "data"), environment: { AUTH_STRATEGY: "none", ...settings } };
    return new Service(options, await Workerd.start(options));
  }

  private constructor(options: WorkerdOptions, workerd: Workerd) {
    this.options = options;
    this.workerd = workerd;
  }

  get port(): number {
    return this.workerd.port;
  }

  get pid(): number {
    return this.workerd.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Kills it. It is back when the promise resolves. */
  async crash(): Promise<void> {
    const { port } = this;
    await this.workerd.end("SIGKILL");
    this.workerd = await Workerd.start({ ...this.options, port });
  }

  freeze(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.pid, "SIGCONT");
  }

  async end(): Promise<void> {
    await this.workerd.end("SIGKILL");
  }
}
