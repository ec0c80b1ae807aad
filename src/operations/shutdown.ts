/** The end of this process, once it is announced: whoever waits is answered, and nobody begins to wait. */
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

  /** Calls `end` when the shutdown is announced. Returns what calls that off. */
  onBegin(end: () => void): () => void {
    this.ends.add(end);
    return () => void this.ends.delete(end);
  }
}
