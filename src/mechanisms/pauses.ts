/** Pauses that end early when the process ends. */

export class Pauses {
  private readonly hurries = new Set<() => void>();
  private isClosed = false;

  /** Whether no pause takes time any more. */
  get areOver(): boolean {
    return this.isClosed;
  }

  async pause(ms: number): Promise<void> {
    if (this.isClosed || ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.hurries.add(resolve);
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.hurries.delete(resolve);
  }

  /** Ends all pauses, and those that are asked for from now on. */
  close(): void {
    this.isClosed = true;
    for (const hurry of this.hurries) hurry();
    this.hurries.clear();
  }
}
