/**
 * Another queue of the project, which adopts dead letters and may give them back. It is neither spread nor deleted, and
 * recognises repeats.
 */
import { Machine } from "./machine.ts";
import type { Oracle } from "./oracle.ts";
import type { World } from "./world.ts";

/** A message on its way to another queue. */
export interface Departure {
  readonly number: number;
  readonly id: string;
  readonly body: string;
}

interface DeadLetterRows {
  /** The last transfer of each source. */
  readonly adopted: Map<string, number>;
  /** What is given back. */
  readonly returning: Departure[];
  returned: number;
}

/** Milliseconds before a message that has not arrived is sent again. */
const RESEND_MS = 300;

export class DeadLetters {
  private readonly machine: Machine<DeadLetters>;
  private readonly rows: DeadLetterRows;
  private readonly oracle: Oracle;

  constructor(machine: Machine<DeadLetters>, rows: DeadLetterRows, oracle: Oracle) {
    this.machine = machine;
    this.rows = rows;
    this.oracle = oracle;
  }

  adopt(source: string, departure: Departure): void {
    const { adopted, returning } = this.rows;
    if ((adopted.get(source) ?? 0) >= departure.number) return;
    adopted.set(source, departure.number);
    this.oracle.arrive(departure.body);
    returning.push(departure);
  }

  /** Gives back what has come from the queue, one message after the other. */
  async redrive(give: (departure: Departure) => Promise<void>): Promise<void> {
    const { machine, rows } = this;
    for (;;) {
      const [first] = rows.returning;
      if (first !== undefined) {
        rows.returned += 1;
        await this.insist(() => give({ ...first, number: rows.returned }));
        rows.returning.shift();
      }
      await machine.sleep(RESEND_MS);
    }
  }

  private async insist(send: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await send();
      } catch {
        await this.machine.sleep(RESEND_MS);
      }
    }
  }
}

export function newDeadLetters(world: World, oracle: Oracle): Machine<DeadLetters> {
  const rows = { adopted: new Map<string, number>(), returning: [], returned: 0 };
  return new Machine<DeadLetters>(world, "dead letters", {
    start: (machine) => new DeadLetters(machine, rows, oracle),
  });
}
