/**
 * Stubs that calls of an object share while they are under way together. What a stub holds in the runtime is freed with the
 * request of a Worker, but in an object only when the runtime collects all garbage: with a stub for each frame, 64 connections
 * of a hub made it do so every thousand frames. A stub without calls is not kept: it is broken if its object crashes meanwhile.
 */
interface Shared {
  readonly name: string;
  readonly stub: object;
  /** Those that are under way. */
  calls: number;
}

type Call = (request: unknown) => Promise<unknown>;

export class SharedStubs {
  private readonly byName = new Map<string, Shared>();

  /** A stub of the object of this name. Each of its calls uses the shared one, or makes one. */
  of<T extends object>(name: string, make: () => T): T {
    return new Proxy({} as T, {
      get: (_, method) => (request: unknown) =>
        this.run(name, make, (stub) => (stub[method as keyof T] as Call)(request)),
    });
  }

  /** After a failure the stub is not used for further calls: it may stay broken. */
  private async run<T extends object>(
    name: string,
    make: () => T,
    call: (stub: T) => Promise<unknown>,
  ): Promise<unknown> {
    const shared = this.enter(name, make);
    try {
      return await call(shared.stub as T);
    } catch (error) {
      this.drop(shared);
      throw error;
    } finally {
      if (--shared.calls === 0) this.drop(shared);
    }
  }

  private enter(name: string, make: () => object): Shared {
    const shared = this.byName.get(name) ?? { name, stub: make(), calls: 0 };
    this.byName.set(name, shared);
    shared.calls++;
    return shared;
  }

  private drop(shared: Shared): void {
    if (this.byName.get(shared.name) === shared) this.byName.delete(shared.name);
  }
}
