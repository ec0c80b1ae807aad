/** Options that callers give: a member that is undefined means the same as a missing one. */

export function withDefaults<Defaults extends object, Options extends object>(
  defaults: Defaults,
  options: Options,
): Options & Defaults {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // The members of both, without those that are undefined.
  return { ...defaults, ...Object.fromEntries(given) } as Options & Defaults;
}

/**
 * Calls a function of the caller. What it throws becomes an uncaught exception, as with listeners of events, and stops
 * nothing here.
 */
export function tell<Event>(listener: ((event: Event) => void) | undefined, event: Event): void {
  try {
    listener?.(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
