/**
 * The numbers of a log: 1, 2, 3 … A log never gives a number twice, also after a restart, because it writes ahead which
 * numbers it may give. Numbers depend on no clock.
 */

/** The numbers reserved by one write of a row. A restart skips at most as many. */
export const RESERVATION = 4096;

/** Where the numbers continue when their object wakes. */
export interface NumbersState {
  /** The next number to give. */
  readonly next: number;
  /** Numbers below it are reserved in a row, so they are not given again after a restart. */
  readonly reserved: number;
}

export class LogNumbers {
  private nextNumber: number;
  private reserved: number;
  private readonly reserve: (upTo: number) => void;

  /** `reserve` writes that numbers below `upTo` are reserved. */
  constructor({ next, reserved }: NumbersState, reserve: (upTo: number) => void) {
    this.nextNumber = next;
    this.reserved = reserved;
    this.reserve = reserve;
  }

  get next(): number {
    return this.nextNumber;
  }

  /** Gives the next `count` numbers and returns the first. */
  allocate(count: number): number {
    const first = this.nextNumber;
    this.moveTo(first + count);
    return first;
  }

  /** Gives no number up to `last` from now on. */
  raise(last: number): void {
    if (last >= this.nextNumber) this.moveTo(last + 1);
  }

  private moveTo(next: number): void {
    this.nextNumber = next;
    if (next <= this.reserved) return;
    this.reserved = next + RESERVATION;
    this.reserve(this.reserved);
  }
}
