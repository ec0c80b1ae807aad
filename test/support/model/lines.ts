/** The connections of a model test: opens and closes them, sends requests over them, and collects what is no reply. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { until } from "../clock.ts";
import { sendByFrame } from "../drivers/frames.ts";
import { send, type Send } from "../drivers/request.ts";
import { addressOf } from "../drivers/waits.ts";
import { connect, toText, type Connection } from "../drivers/web-socket.ts";
import { Project, type Queue } from "../drivers/zaqar-client.ts";
import { alarmOf } from "../objects/hub.ts";
import { rows } from "../objects/queue-outbox.ts";

/** A frame that is no reply. */
export interface Arrival {
  readonly line: number;
  readonly isBinary: boolean;
  readonly document: Readonly<Record<string, unknown>>;
}

interface Line {
  readonly connection: Connection;
  readonly id: string;
  readonly hub: DurableObjectStub;
  readonly hubName: string;
  readonly openedAt: number;
}

/** Looks, each after LOOK milliseconds, until a frame counts as lost. */
const LOOKS_MAX = 5000;
const LOOK = 2;
/** Milliseconds of the moved clock after which a connection is opened anew, before the service ends it as idle. */
const AGE_MAX = 80_000_000;

export class Lines {
  readonly project = `project-${crypto.randomUUID()}`;
  readonly client = crypto.randomUUID();
  private readonly lines = new Map<number, Line>();
  private arrived: Arrival[] = [];
  private way: { readonly over: number | null; readonly isBinary: boolean } = { over: null, isBinary: false };

  /** Sends requests the way that `use` has set. */
  readonly send: Send = (method, path, options) => {
    const { over, isBinary } = this.way;
    if (over === null) return send(method, path, options);
    return sendByFrame({ connection: this.at(over).connection, isBinary }, method, path, options);
  };

  /** `over`: a connection that is open; null: HTTP. */
  use(over: number | null, isBinary: boolean): void {
    this.way = { over, isBinary };
  }

  get areFramesUsed(): boolean {
    return this.way.over !== null;
  }

  /** The open connections. */
  get open(): readonly number[] {
    return [...this.lines.keys()];
  }

  /** Those that would soon be closed because they are idle. */
  get aged(): readonly number[] {
    return this.open.filter((number) => Date.now() - this.at(number).openedAt > AGE_MAX);
  }

  connection(number: number): Connection {
    return this.at(number).connection;
  }

  /** Opens a connection unless it is open. False: it was. */
  async ensure(number: number): Promise<boolean> {
    if (this.lines.has(number)) return false;
    const connection = await connect(this.project, this.client);
    const { hub, hubName, id } = await addressOf(new Project(this.project, this.client), connection);
    connection.divertPushes((data) => {
      const document = JSON.parse(toText(data)) as Arrival["document"];
      this.arrived.push({ line: number, isBinary: typeof data !== "string", document });
    });
    this.lines.set(number, { connection, id, hub, hubName, openedAt: Date.now() });
    return true;
  }

  /** Closes a connection, and waits until the queue has learned that it waits for nothing any more. */
  async close(number: number, queue: Queue): Promise<void> {
    const { connection, id } = this.at(number);
    this.lines.delete(number);
    connection.close();
    await connection.closed;
    // A wait that is over may leave its row until another begins.
    const isLeft = (wait: Readonly<Record<string, unknown>>): boolean =>
      wait["connection"] === id && Number(wait["until_ms"]) > Date.now();
    await until(async () => !(await rows(queue, "wait")).some(isLeft));
    this.arrived = this.arrived.filter(({ line }) => line !== number);
  }

  /** The hubs crash, with all connections. */
  async lose(): Promise<void> {
    const lost = [...this.lines.values()];
    this.lines.clear();
    for (const hub of toHubs(lost)) await evict(hub, { webSockets: "close" });
    await Promise.all(lost.map(({ connection }) => connection.closed));
    this.arrived = [];
  }

  async hibernate(): Promise<void> {
    for (const hub of toHubs(this.lines.values())) await evict(hub);
  }

  /** Runs the alarms of the hubs whose time has come. The runtime does not know of the moved clock. */
  async ringDue(): Promise<void> {
    for (const hub of toHubs(this.lines.values())) {
      if (((await alarmOf(hub)) ?? Infinity) <= Date.now()) await runDurableObjectAlarm(hub);
    }
  }

  /** Takes what has arrived. */
  take(): readonly Arrival[] {
    return this.arrived.splice(0);
  }

  /** Waits until something arrives. */
  async arrival(due: string): Promise<void> {
    for (let look = 0; this.arrived.length === 0; look++) {
      if (look === LOOKS_MAX) throw new Error(`It has not arrived: ${due}.`);
      await scheduler.wait(LOOK);
    }
  }

  private at(number: number): Line {
    const line = this.lines.get(number);
    if (line === undefined) throw new Error(`Connection ${number} is not open.`);
    return line;
  }
}

function toHubs(lines: Iterable<Line>): Iterable<DurableObjectStub> {
  return new Map([...lines].map(({ hub, hubName }) => [hubName, hub])).values();
}

/** Evicts an object also if it sleeps already: the call wakes it. */
async function evict(hub: DurableObjectStub, options?: Parameters<typeof evictDurableObject>[1]): Promise<void> {
  await alarmOf(hub);
  await evictDurableObject(hub, options);
}
