/** The service of the chaos test: it is killed, restarted at the same port, and frozen. */
import { join } from "node:path";
import { Workerd } from "../../bench/workerd.ts";

export class Service {
  private readonly config: string;
  private readonly dataDir: string;
  private workerd: Workerd;

  static async start(config: string, folder: string): Promise<Service> {
    const dataDir = join(folder, "data");
    return new Service(config, dataDir, await Workerd.start({ config, dataDir, environment: ENVIRONMENT }));
  }

  private constructor(config: string, dataDir: string, workerd: Workerd) {
    this.config = config;
    this.dataDir = dataDir;
    this.workerd = workerd;
  }

  get url(): string {
    return `http://127.0.0.1:${this.workerd.port}`;
  }

  /** Kills it. It is back when the promise resolves. */
  async crash(): Promise<void> {
    const { port } = this.workerd;
    await this.workerd.end("SIGKILL");
    const options = { config: this.config, dataDir: this.dataDir, environment: ENVIRONMENT, port };
    this.workerd = await Workerd.start(options);
  }

  freeze(): void {
    process.kill(this.workerd.pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.workerd.pid, "SIGCONT");
  }

  async end(): Promise<void> {
    await this.workerd.end("SIGKILL");
  }
}

const ENVIRONMENT = { AUTH_STRATEGY: "none" };
