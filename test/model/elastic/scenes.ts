/** Orders of events that random runs hardly ever have, for the rules that need them. */
import { toEpoch } from "../../../src/domain/id.ts";
import type { PageQuestion } from "../../../src/domain/log-place.ts";
import {
  NO_COMMAND,
  type ShardCommand,
  type ShardReply,
  type ShardRow,
  type SpreadRow,
} from "../../../src/domain/spread.ts";
import { SpreadMap } from "../../../src/objects/rpc/spread-map.ts";
import { claimSpread } from "../../../src/objects/rpc/spread-router.ts";
import { SpreadFinder } from "../../../src/objects/queue/spread-finder.ts";
import { listedObjects, listSpread } from "../../../src/objects/queue/spread-list.ts";
import { SpreadPhases, type Step } from "../../../src/objects/queue/spread-phases.ts";
import { performCommand } from "../../../src/objects/queue/shard-command.ts";
import type { Rule } from "./rules.ts";

/** Returns what went wrong; null: nothing. `isKept`: the rule of the scene is not out. */
export type Scene = (isKept: boolean) => Promise<string | null>;

const [FORMER, PRESENT] = [toEpoch(1, 0), toEpoch(2, 0)];

/** A shard with some messages. */
class SceneShard {
  row: ShardRow;
  messages: number;
  last = 0;

  constructor(row: ShardRow, messages: number) {
    this.row = row;
    this.messages = messages;
  }

  reply({ row: { version, floor }, ask }: Step): ShardReply {
    if (ask === "drained") return this.messages === 0 ? { kind: "done", last: 0 } : { kind: "busy" };
    const shard = {
      row: this.row,
      hasTransfers: false,
      last: () => this.last,
      write: (row: ShardRow) => void (this.row = row),
      erase: () => void (this.messages = 0),
      raise: (last: number) => void (this.last = Math.max(this.last, last)),
    };
    return performCommand(shard, { epoch: PRESENT, version, state: ask, floor });
  }
}

function phasesOf(row: Pick<SpreadRow, "version" | "phase">): SpreadPhases {
  return new SpreadPhases({ ...row, objects: 2, floor: 0 }, { write: () => undefined, raise: () => undefined });
}

export const SCENES: Partial<Record<Rule, Scene>> = {
  // The third command of a life meets a shard that has heard nothing since the third command of the life before.
  "a shard acknowledges only its own command": async (isKept) => {
    const command = { epoch: PRESENT, version: 3, state: "open", floor: 0 } as const;
    const stored: ShardRow = { version: 3, state: "closed", epoch: FORMER };
    let { state }: ShardRow = stored;
    const row = isKept ? stored : { ...command };
    const nothing = { hasTransfers: false, last: () => 0, erase: () => undefined, raise: () => undefined };
    const reply = performCommand({ ...nothing, row, write: (written) => (state = written.state) }, command);
    return reply.kind === "done" && state === "closed" ? "a closed shard says that it is open" : null;
  },
  // The home has been restored from an older backup, so that its floor is below what the shard has given.
  "the numbers of a shard outlive its closing": async (isKept) => {
    let row: ShardRow = { version: 3, state: "stopped", epoch: PRESENT };
    let last = 100;
    const perform = (command: Pick<ShardCommand, "version" | "state" | "floor">): void => {
      const shard = {
        row,
        hasTransfers: false,
        last: () => last,
        write: (written: ShardRow) => void (row = written),
        erase: () => void (last = isKept ? last : 0),
        raise: (to: number) => void (last = Math.max(last, to)),
      };
      performCommand(shard, { epoch: PRESENT, ...command });
    };
    perform({ version: 4, state: "closed", floor: 10 });
    perform({ version: 5, state: "open", floor: 10 });
    return last < 100 ? "an id is given twice" : null;
  },
  // The home was closing its shards when the backup was made, and has opened them again since.
  "a home that is behind its shards drains them again": async (isKept) => {
    const shard = new SceneShard({ version: 7, state: "open", epoch: PRESENT }, 1);
    const phases = phasesOf({ version: 4, phase: "closing" });
    for (let turn = 0; turn < 9 && phases.step !== null; turn++) {
      const { step } = phases;
      const reply = shard.reply(step);
      // Without the rule the home asks the same again, with the version beyond.
      if (!isKept && reply.kind === "stale") shard.row = { ...shard.row, version: step.row.version - 1 };
      else phases.take(step, [reply]);
    }
    return shard.messages === 0 ? "a shard erases a message" : null;
  },
  // The database of a shard is missing.
  "a home opens shards again that do not know its last command": async (isKept) => {
    const shard = new SceneShard(NO_COMMAND, 0);
    const phases = phasesOf({ version: 4, phase: "spread" });
    if (isKept && shard.row.version !== phases.row.version) phases.reopen(100);
    for (let { step } = phases; step !== null; { step } = phases) phases.take(step, [shard.reply(step)]);
    return shard.row.state === "open" && shard.last >= 100 ? null : "a shard takes no posts any more";
  },
  // The messages of a shard have all been deleted, and a client goes on from the id of the last one when the home is alone.
  "a home that is alone continues above its shards": async (isKept) => {
    let last = 10;
    const raise = (to: number): void => {
      if (isKept) last = Math.max(last, to);
    };
    const phases = new SpreadPhases(null, { write: () => undefined, raise });
    const replyToAll = (): void => {
      for (let { step } = phases; step !== null; { step } = phases) phases.take(step, [{ kind: "done", last: 100 }]);
    };
    phases.open(2, last);
    replyToAll();
    phases.collapse();
    replyToAll();
    return phases.row.phase === "one" && last < 100 ? "a message gets a number before that of the id" : null;
  },
  // The only shard is down, and the home has messages.
  "claims pass over a silent object": async (isKept) => {
    const map = new SpreadMap();
    map.hear("queue", { objects: 2, isOpen: true, isMoving: false, isDraining: false }, 0);
    let asked = 0;
    const claim = async (object: number): Promise<null> => {
      if (object === 0) return null;
      asked += 1;
      throw new Error("no answer");
    };
    for (let now = 0; now < 10; now++) {
      await claimSpread({
        view: () => map.viewOf("queue"),
        claim,
        find: async () => null,
        takeStart: () => map.takeStart("queue", now, (end) => end - 1),
        noteSilent: (object) => {
          if (isKept) map.noteSilent("queue", object, now);
        },
        willWait: false,
      });
    }
    return asked > 1 ? `${asked} of 10 claims fail there` : null;
  },
  // A shard that is down keeps every question waiting.
  "sweeps pass over a silent object": async (isKept) => {
    let asked = 0;
    let now = 0;
    const look = async (object: number): Promise<boolean> => {
      if (object !== 1) return false;
      asked += 1;
      throw new Error("no answer");
    };
    const waits = { size: 0, tell: () => undefined };
    const finder = new SpreadFinder({
      objects: () => [0, 1],
      watched: () => [],
      waits,
      look,
      watch: () => Promise.resolve(0),
      now: () => now,
      timer: (_, work) => work(),
      pick: () => 0,
      lastResort: () => null,
    });
    for (let sweep = 0; sweep < 10; sweep++) {
      await finder.find();
      now += isKept ? 10 : 10_000;
    }
    return asked > 1 ? `${asked} of 10 sweeps wait for it` : null;
  },
  // Posts go to the home again, and what is in the shards is older.
  "claims of a queue that drains begin at shards": async (isKept) => {
    const map = new SpreadMap();
    map.hear("queue", { objects: 3, isOpen: false, isMoving: true, isDraining: isKept }, 0);
    for (let drawn = 0; drawn < 3; drawn++) {
      const start = map.takeStart("queue", 0, (end) => drawn % end);
      if (start === 0) return "a new message is claimed before an old one";
    }
    return null;
  },
  // The home answers at once, and the shard with older messages later.
  "sweeps of a queue that drains name the home last": async (isKept) => {
    const late = Promise.withResolvers<boolean>();
    const finder = new SpreadFinder({
      objects: () => [0, 1],
      watched: () => [],
      waits: { size: 0, tell: () => undefined },
      look: (object) => (object === 0 ? Promise.resolve(true) : late.promise),
      watch: () => Promise.resolve(0),
      now: () => 0,
      timer: (_, work) => work(),
      pick: (objects) => objects[0] ?? 0,
      lastResort: () => (isKept ? 0 : null),
    });
    const found = finder.find();
    setImmediate(() => late.resolve(true));
    return (await found) === 0 ? "a new message is claimed before an old one" : null;
  },
  // A page is so late that the queue has drained, collapsed and been spread over another shard when it arrives.
  "a list asks objects that were added meanwhile": async (isKept) => {
    const raised = new Map([
      [0, 10],
      [1, 100],
      [2, 10],
    ]);
    let shards = [1];
    const ask = async (object: number, { raise }: PageQuestion) => {
      raised.set(object, Math.max(raised.get(object) ?? 0, raise));
      const entries = object === 1 ? [{ number: 100, message: "old" }] : [];
      if (object === 1) shards = [1, 2];
      return { entries, through: null, last: raised.get(object) ?? 0 };
    };
    const objects = () => listedObjects(isKept ? shards : [1]);
    const page = await listSpread({ objects, ask }, { marker: null, limit: 5 });
    const end = page.next?.number ?? 0;
    const behind = [0, 1, 2].find((object) => (raised.get(object) ?? 0) < end);
    return behind === undefined ? null : `object ${behind} gives numbers up to ${end}`;
  },
};
