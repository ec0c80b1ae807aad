/** The announced shutdown of this process: from then on waiting requests are answered at once. */
export class Shutdown {
  private readonly listeners = new Set<() => void>();
  private isAnnounced = false;

  get hasBegun(): boolean {
    return this.isAnnounced;
  }

  announce(): void {
    this.isAnnounced = true;
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }

  /** Calls the listener when the shutdown is announced. Returns a function that removes it. */
  onBegin(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
