/**
 * Stubs that calls of an object share while they are under way together. What a stub holds in the runtime is freed with the
 * request of a Worker, but in an object only when the runtime collects all garbage: with a stub for each frame, 64 connections
 * of a hub made it do so every thousand frames. A stub without calls is not kept: it is broken if its object crashes meanwhile.
 */
interface Shared {
  readonly name: string;
  readonly stub: DurableObjectStub;
  /** Those that are under way. */
  calls: number;
}

/** The stub for a call of the object of this name: a shared one, or a new one. */
export type ShareStub = (name: string, make: () => DurableObjectStub) => DurableObjectStub;

export class SharedStubs {
  private readonly byName = new Map<string, Shared>();

  /** The outcome of a call, which gets its stub by `share`. After a failure the stub is not used for further calls. */
  async run<T>(call: (share: ShareStub) => Promise<T>): Promise<T> {
    let used: Shared | null = null;
    try {
      return await call((name, make) => {
        used ??= this.enter(name, make);
        return used.stub;
      });
    } catch (error) {
      this.drop(used);
      throw error;
    } finally {
      this.leave(used);
    }
  }

  private enter(name: string, make: () => DurableObjectStub): Shared {
    const shared = this.byName.get(name) ?? { name, stub: make(), calls: 0 };
    this.byName.set(name, shared);
    shared.calls++;
    return shared;
  }

  private leave(shared: Shared | null): void {
    if (shared !== null && --shared.calls === 0) this.drop(shared);
  }

  private drop(shared: Shared | null): void {
    if (shared !== null && this.byName.get(shared.name) === shared) this.byName.delete(shared.name);
  }
}
