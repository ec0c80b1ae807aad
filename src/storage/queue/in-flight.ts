/**
 * The claim that holds each message in flight: a map from sequence number to claim slot. It is kept in blocks of numbers, because
 * claimed messages lie close together: four bytes for each, where a map entry takes sixty to ninety.
 */
const BLOCK_SIZE = 32;

/** A cell holds slot + 1; 0 is "not held". */
interface Block {
  readonly cells: Uint32Array;
  held: number;
}

export class InFlight {
  private readonly blocks = new Map<number, Block>();
  private total = 0;

  /** The number of messages that claims hold. */
  get size(): number {
    return this.total;
  }

  /** The slot of the claim that holds the message, or null. */
  slotOf(sequence: number): number | null {
    const cell = this.blocks.get(blockOf(sequence))?.cells[cellOf(sequence)];
    return cell === undefined || cell === 0 ? null : cell - 1;
  }

  hold(sequence: number, slot: number): void {
    let block = this.blocks.get(blockOf(sequence));
    if (block === undefined) {
      block = { cells: new Uint32Array(BLOCK_SIZE), held: 0 };
      this.blocks.set(blockOf(sequence), block);
    }
    if (block.cells[cellOf(sequence)] === 0) {
      block.held++;
      this.total++;
    }
    block.cells[cellOf(sequence)] = slot + 1;
  }

  free(sequence: number): void {
    const block = this.blocks.get(blockOf(sequence));
    if (block === undefined || block.cells[cellOf(sequence)] === 0) return;
    block.cells[cellOf(sequence)] = 0;
    block.held--;
    this.total--;
    if (block.held === 0) this.blocks.delete(blockOf(sequence));
  }

  /** The first number from `sequence` on that no claim holds. Full blocks are skipped at once. */
  nextFree(sequence: number): number {
    let at = sequence;
    for (;;) {
      const block = this.blocks.get(blockOf(at));
      if (block === undefined) return at;
      if (block.held < BLOCK_SIZE) {
        const end = (blockOf(at) + 1) * BLOCK_SIZE;
        for (; at < end; at++) if (block.cells[cellOf(at)] === 0) return at;
      } else {
        at = (blockOf(at) + 1) * BLOCK_SIZE;
      }
    }
  }

  /** Whether a claim holds any number of the range. */
  holdsAny(from: number, to: number): boolean {
    for (let at = from; at <= to; at++) if (this.slotOf(at) !== null) return true;
    return false;
  }

  clear(): void {
    this.blocks.clear();
    this.total = 0;
  }
}

// Sequence numbers outgrow 32 bits, so block numbers come from division, not from a shift.
function blockOf(sequence: number): number {
  return Math.floor(sequence / BLOCK_SIZE);
}

function cellOf(sequence: number): number {
  return sequence % BLOCK_SIZE;
}
