/** Another queue of the project, which adopts dead letters. It is neither spread nor deleted, and recognises repeats. */
import { Machine } from "./machine.ts";
import type { Oracle } from "./oracle.ts";
import type { World } from "./world.ts";

interface DeadLetterRows {
  /** The last transfer of each source. */
  readonly adopted: Map<string, number>;
}

export class DeadLetters {
  private readonly rows: DeadLetterRows;
  private readonly oracle: Oracle;

  constructor(rows: DeadLetterRows, oracle: Oracle) {
    this.rows = rows;
    this.oracle = oracle;
  }

  adopt(source: string, { number, body }: { readonly number: number; readonly body: string }): void {
    const { adopted } = this.rows;
    if ((adopted.get(source) ?? 0) >= number) return;
    adopted.set(source, number);
    this.oracle.arrive(body);
  }
}

export function newDeadLetters(world: World, oracle: Oracle): Machine<DeadLetters> {
  const rows = { adopted: new Map<string, number>() };
  return new Machine<DeadLetters>(world, "dead letters", { start: () => new DeadLetters(rows, oracle) });
}
