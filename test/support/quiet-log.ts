/**
 * Leaves the service's own log out of the output of the tests, except faults: thousands of lines would hide what vitest says. Tests
 * of the log replace the console themselves.
 */
const FACT = /^\{"time":"[^"]*","level":"(?:info|warn)",/;
const INSTALLED = Symbol.for("sukkal.quiet-log");

// The files of a project share one console.
if (!(INSTALLED in console)) {
  Object.defineProperty(console, INSTALLED, { value: true });
  for (const method of ["log", "warn"] as const) {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]): void => {
      if (typeof values[0] !== "string" || !FACT.test(values[0])) print(...values);
    };
  }
}
