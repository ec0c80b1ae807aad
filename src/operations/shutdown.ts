/** The announced shutdown of this process: waiting requests are answered at once, and no request begins to wait. */
export class Shutdown {
  private readonly ends = new Set<() => void>();
  private isAnnounced = false;

  get hasBegun(): boolean {
    return this.isAnnounced;
  }

  announce(): void {
    this.isAnnounced = true;
    for (const end of this.ends) end();
    this.ends.clear();
  }

  /** Calls `end` when the shutdown is announced. Returns the function that cancels this. */
  onBegin(end: () => void): () => void {
    this.ends.add(end);
    return () => void this.ends.delete(end);
  }
}
