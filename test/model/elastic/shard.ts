/** A shard: the log of the model, and the command as the service performs it. */
import { NO_COMMAND, type ShardCommand, type ShardReply, type ShardRow } from "../../../src/domain/spread.ts";
import { performCommand } from "../../../src/objects/queue/shard-command.ts";
import type { PageAnswer, PageQuestion } from "../../../src/domain/log-place.ts";
import { MOVED } from "../../../src/objects/rpc/spread-router.ts";
import { type LogRows, ModelLog, newRows, type Post, type PostedId, type StoredMessage } from "./log.ts";
import { Machine } from "./machine.ts";
import type { DeadLetters, Departure } from "./dead-letters.ts";
import type { Oracle } from "./oracle.ts";
import type { World } from "./world.ts";

interface ShardRows extends LogRows {
  command: ShardRow;
  settings: number;
  departures: Departure[];
  departed: number;
}

/** Milliseconds before a transfer that failed is sent again. */
const RESEND_MS = 300;

export class ModelShard {
  log: ModelLog;
  private readonly world: World;
  private readonly machine: Machine<ModelShard>;
  private readonly rows: ShardRows;
  private readonly object: number;
  private readonly target: Machine<DeadLetters>;
  private readonly oracle: Oracle;
  private isSending = false;

  constructor(machine: Machine<ModelShard>, { object, rows, target, oracle }: ShardDeps) {
    this.machine = machine;
    this.world = machine.world;
    this.object = object;
    this.rows = rows;
    this.target = target;
    this.oracle = oracle;
    this.log = this.openLog();
  }

  get settings(): number {
    return this.rows.settings;
  }

  get state(): ShardRow {
    return this.rows.command;
  }

  command(command: ShardCommand, settings: number): ShardReply {
    const { rows, world, log } = this;
    const floor = world.keeps("an opened shard continues above the floor") ? command.floor : 0;
    const keepsTransfers = world.keeps("a shard hands its transfers over before it closes");
    const reply = performCommand(
      {
        row: this.rowFor(command),
        hasTransfers: rows.departures.length > 0 && keepsTransfers,
        last: () => this.log.last,
        write: (row) => {
          rows.command = row;
        },
        erase: () => this.erase(),
        raise: (last) => log.raise(last),
      },
      { ...command, floor },
    );
    if (reply.kind === "done") rows.settings = settings;
    if (reply.kind !== "stale") log.endWaits();
    return reply;
  }

  isDrained(): boolean {
    return this.log.present.length === 0 && this.rows.departures.length === 0;
  }

  post(post: Post): PostedId | typeof MOVED {
    const { state, epoch } = this.rows.command;
    const isOpen = this.world.keeps("only an open shard takes posts") ? state === "open" : state !== "closed";
    return isOpen && epoch !== null ? { id: this.log.append(post, epoch).id } : MOVED;
  }

  page(question: PageQuestion): PageAnswer<StoredMessage> {
    const isRaised = this.isOpen || this.world.keeps("a shard that is not open is raised too");
    return this.log.page(question, isRaised);
  }

  /** A free message becomes a dead letter. */
  depart(): void {
    const [message] = this.log.free;
    if (message === undefined || this.rows.command.state === "closed") return;
    this.log.remove(message);
    this.oracle.depart(message.body);
    this.rows.departed += 1;
    this.rows.departures.push({ number: this.rows.departed, id: message.id, body: message.body });
    void this.send();
  }

  mayHaveClaimable(): boolean {
    return this.log.free.length > 0;
  }

  watch(milliseconds: number): Promise<number> {
    return this.log.watch(milliseconds);
  }

  private openLog(): ModelLog {
    const { machine, object, rows, oracle } = this;
    return new ModelLog({ machine, object, rows, oracle });
  }

  private get isOpen(): boolean {
    return this.rows.command.state === "open";
  }

  /** The stored row, or a wrong one if the rule is out that needs it. */
  private rowFor({ version }: ShardCommand): ShardRow {
    const { command } = this.rows;
    const isEarlier = version < command.version;
    return isEarlier && !this.world.keeps("a shard refuses an earlier command")
      ? { ...command, version: version - 1 }
      : command;
  }

  private erase(): void {
    const { rows, world, log, oracle, object } = this;
    oracle.erased(
      object,
      log.present.map(({ body }) => body),
    );
    rows.departures = [];
    log.erase();
    if (rows.command.state !== "closed") return;
    if (!world.keeps("the row of a shard outlives the queue")) rows.command = NO_COMMAND;
    if (world.keeps("the numbers of a shard outlive its closing")) return;
    rows.reserved = 1;
    this.log = this.openLog();
  }

  /** Sends the transfers, one after the other. */
  async send(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    const { machine, rows, object } = this;
    for (let [first] = rows.departures; first !== undefined; [first] = rows.departures) {
      const departure = first;
      const source = `${rows.command.epoch}/${object}`;
      try {
        await machine.call(this.target, (queue) => queue.adopt(source, departure));
        rows.departures = rows.departures.filter(({ number }) => number !== departure.number);
      } catch {
        await machine.sleep(RESEND_MS);
      }
    }
    this.isSending = false;
  }
}

export type ShardMachine = Machine<ModelShard>;

interface ShardDeps {
  readonly object: number;
  readonly rows: ShardRows;
  readonly target: Machine<DeadLetters>;
  readonly oracle: Oracle;
}

export function newShard(world: World, deps: Omit<ShardDeps, "rows">): ShardMachine {
  const rows = { ...newRows(), command: NO_COMMAND, settings: 0, departures: [], departed: 0 };
  return new Machine<ModelShard>(world, `shard ${deps.object}`, {
    start: (machine) => new ModelShard(machine, { ...deps, rows }),
    hasWork: () => rows.departures.length > 0,
    work: (memory) => void memory.send(),
  });
}
